#pragma once

#include "admin/sign_in/sessions.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"
#include "identity/oauth_client.h"
#include "net/tls.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace srasta::admin {

/// A provider that people may sign in at, with the content of the files that it names.
struct ProviderRule {
  config::Issuer issuer;
  std::shared_ptr<const base::Secret> secret;  ///< null: a public client
  std::shared_ptr<const net::TlsContext> tls;
};

/// How long things last, in seconds, and who may ask for tokens.
struct SignInRules {
  SessionRules sessions;
  int64_t token_seconds = 600;
  int64_t grant_seconds = 30 * 24 * 3600;  ///< of refresh tokens, however often they are used
  identity::OAuthClients clients;
  std::vector<ProviderRule> providers;
  bool hides_ids = false;  ///< records do not have the ids that providers give as they are
};

/// As the configuration has them; secrets are read.
[[nodiscard]] base::Result<SignInRules> sign_in_rules(const config::Config& config);

}  // namespace srasta::admin
