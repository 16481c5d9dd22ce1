#pragma once

#include "admin/accounts.h"
#include "admin/desk.h"
#include "admin/sign_in/form.h"
#include "admin/sign_in/grants.h"
#include "admin/sign_in/sign_in_rules.h"
#include "base/entropy.h"
#include "identity/issuer.h"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::admin {

/// A request of a program for tokens (RFC 6749 sections 4.1.3, 4.4.2 and 6), or to have one revoked
/// (RFC 7009).
struct TokenRequest {
  const Form& form;
  std::string_view authorization;  ///< the field; empty: none
  std::string_view issuer;         ///< URL of this gateway
};

/// What may be given.
struct Tokens {
  Account account;
  Grant grant;
  std::string scope;  ///< of this access token: the grant's, or less
  std::string nonce;
  int64_t signed_in = 0;
  bool with_refresh = false;
  bool for_itself = false;  ///< a service account, not through a client of somebody
};

/// Why nothing is given.
struct TokenFault {
  std::string_view error;   ///< RFC 6749 section 5.2
  std::string_view reason;  ///< audit reason
  std::string client = {};  ///< empty: not known
  std::string account = {};
  bool revoked = false;  ///< what somebody may have stolen was taken back
};

using TokenDecision = std::expected<Tokens, TokenFault>;

/// Decides, and uses up the code or refresh token. A code or refresh token that comes back was
/// copied: everything that followed from it is revoked.
[[nodiscard]] Answered<TokenDecision> decide_tokens(const Desk& desk, const SignInRules& rules,
                                                    const TokenRequest& request);

/// The answer of RFC 6749 section 5.1 as JSON.
[[nodiscard]] Answered<std::string> make_tokens(const Desk& desk, const SignInRules& rules,
                                                const identity::Issuer& issuer,
                                                const Tokens& tokens, base::Entropy& entropy);

/// Takes a refresh token back, with all that hangs on it; the client and account that it was of, or
/// nothing when there is nothing to revoke.
struct Revoked {
  std::string client;
  std::string account;
};
[[nodiscard]] Answered<std::expected<std::optional<Revoked>, TokenFault>> revoke_by_client(
    const Desk& desk, const SignInRules& rules, const TokenRequest& request);

}  // namespace srasta::admin
