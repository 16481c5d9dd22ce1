#pragma once

#include "admin/sign_in/form.h"
#include "admin/sign_in/sign_in_rules.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::admin {

/// What a client asks the authorization endpoint for (RFC 6749 section 4.1.1, RFC 7636, RFC 8707,
/// OpenID Connect Core section 3.1.2.1), found good.
struct AuthorizationRequest {
  std::string client;
  std::string redirect_uri;
  std::string state;
  std::string scope;  ///< words separated by one space
  std::string resource;
  std::string challenge;
  std::string nonce;
  std::optional<int64_t> max_age;  ///< seconds that a sign-in may be old
  bool must_sign_in = false;       ///< prompt=login
  bool must_not_ask = false;       ///< prompt=none
};

/// Why a request is refused. Only the client's registered address is ever redirected to; while that
/// is in doubt, the answer is a page of the issuer itself.
struct AuthorizationFault {
  std::string_view error;   ///< RFC 6749 section 4.1.2.1; an error code of this platform for a page
  std::string_view reason;  ///< audit reason
  bool to_client = false;
  std::string client = {};
  std::string redirect_uri = {};  ///< when `to_client`
  std::string state = {};
};

/// `query`: as it came, to tell a repeated redirect_uri. `issuer`: URL of this gateway, which is a
/// resource as such and with any path below it.
[[nodiscard]] std::expected<AuthorizationRequest, AuthorizationFault> judge_authorization(
    const Form& form, std::string_view query, std::string_view issuer, const SignInRules& rules);

/// The address with the parameters of a response; `iss` among them (RFC 9207).
[[nodiscard]] std::string response_uri(std::string_view redirect_uri, std::string_view name,
                                       std::string_view value, std::string_view state,
                                       std::string_view issuer);

/// Whether tokens may be made for `resource`.
[[nodiscard]] bool is_own_resource(std::string_view resource, std::string_view issuer);

/// The words of a scope, each once and in their order; nothing: one of them is not known.
[[nodiscard]] std::optional<std::vector<std::string>> scope_words(std::string_view scope);

/// Scheme, host and port of a URL.
[[nodiscard]] std::string_view origin_of(std::string_view url);

}  // namespace srasta::admin
