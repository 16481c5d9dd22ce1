#include "admin/sign_in/sign_in_rules.h"

#include "admin/sign_in/random_secret.h"
#include "config/operator_file.h"

namespace srasta::admin {
namespace {

int64_t seconds_of(base::Millis duration) {
  return std::chrono::ceil<base::Seconds>(duration).count();
}

base::Result<std::vector<ProviderRule>> provider_rules(const config::Config& config) {
  std::vector<ProviderRule> rules;
  for (const config::Issuer& issuer : config.issuers) {
    if (issuer.sign_in.client_id.empty()) continue;
    ProviderRule rule{.issuer = issuer, .secret = nullptr, .tls = nullptr};
    if (const std::string& file = issuer.sign_in.client_secret_file; !file.empty()) {
      SRASTA_TRY_ASSIGN(base::Secret secret, config::read_secret_file(file));
      rule.secret = std::make_shared<const base::Secret>(std::move(secret));
    }
    SRASTA_TRY_ASSIGN(rule.tls, net::TlsContext::client(issuer.ca_file));
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace

base::Result<SignInRules> sign_in_rules(const config::Config& config) {
  const config::SignIn& lasting = config.sign_in;
  SignInRules rules{.sessions = {.idle = seconds_of(lasting.session_idle),
                                 .longest = seconds_of(lasting.session_max)},
                    .token_seconds = seconds_of(lasting.token_ttl),
                    .grant_seconds = seconds_of(lasting.refresh_ttl),
                    .clients = {},
                    .providers = {},
                    .hides_ids = config.audit.identifiers == config::Identifiers::Committed};
  SRASTA_TRY_ASSIGN(rules.providers, provider_rules(config));
  identity::OAuthClient own = identity::command_line_client();
  rules.clients.emplace(own.id, own);
  for (const config::OAuthClient& client : config.clients) {
    identity::OAuthClient one{.id = client.id, .redirect_uris = client.redirect_uris};
    if (!client.secret_file.empty()) {
      SRASTA_TRY_ASSIGN(const base::Secret secret, config::read_secret_file(client.secret_file));
      one.secret = digest_of_secret(secret.expose());
    }
    rules.clients.emplace(client.id, std::move(one));
  }
  return rules;
}

}  // namespace srasta::admin
