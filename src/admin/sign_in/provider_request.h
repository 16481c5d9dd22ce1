#pragma once

#include "admin/sign_in/form.h"
#include "base/secret.h"
#include "net/http_client.h"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

// What this platform says to a provider as its client (OpenID Connect Core section 3.1), and how it
// reads what it is told. Bytes in, bytes out.
namespace srasta::admin {

struct AuthorizationAsk {
  std::string_view endpoint;
  std::string_view client;
  std::string_view redirect_uri;
  const std::vector<std::string>& scopes;
  std::string_view state;
  std::string_view nonce;
  std::string_view challenge;  ///< of PKCE, S256
};
/// Where the browser is sent to.
[[nodiscard]] std::string authorization_url(const AuthorizationAsk& ask);

/// The code in what the browser brings back, or the reason: `iss` for the answer of another issuer
/// (RFC 9207; `names_itself`: this one always says who it is), `provider_refused` for an error.
[[nodiscard]] std::expected<std::string, std::string_view> code_in(const Form& query,
                                                                   std::string_view issuer,
                                                                   bool names_itself);

struct CodeExchange {
  std::string_view client;
  std::string_view secret;      ///< empty: a public client
  bool secret_in_body = false;  ///< else in Authorization
  std::string_view code;
  std::string_view redirect_uri;
  std::string_view verifier;
};
/// A request to a token endpoint; both have secrets in them.
struct TokenPost {
  base::Secret fields;  ///< whole header lines
  base::Secret form;
};
[[nodiscard]] TokenPost token_post(const CodeExchange& exchange);

/// What a token endpoint gave.
struct ProviderTokens {
  base::Secret id_token;
  base::Secret access_token;  ///< empty: none came
};
/// The reason else: `provider_refused` for an error of OAuth 2 (RFC 6749 section 5.2),
/// `provider_unreachable` for all that is no answer of a token endpoint.
[[nodiscard]] std::expected<ProviderTokens, std::string_view> read_tokens(
    const net::SimpleAnswer& answer);

}  // namespace srasta::admin
