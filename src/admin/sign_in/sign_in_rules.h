#pragma once

#include "admin/sign_in/sessions.h"
#include "base/result.h"
#include "config/config.h"
#include "identity/oauth_client.h"

#include <cstdint>

namespace srasta::admin {

/// How long things last, in seconds, and who may ask for tokens.
struct SignInRules {
  SessionRules sessions;
  int64_t token_seconds = 600;
  int64_t grant_seconds = 30 * 24 * 3600;  ///< of refresh tokens, however often they are used
  identity::OAuthClients clients;
};

/// As the configuration has them; secrets of clients are read.
[[nodiscard]] base::Result<SignInRules> sign_in_rules(const config::Config& config);

}  // namespace srasta::admin
