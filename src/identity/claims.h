#pragma once

#include "base/clock.h"
#include "identity/fault.h"
#include "json/document.h"

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::identity {

/// Clock difference that is tolerated between the issuer and this host.
inline constexpr base::Seconds kLeeway{30};
/// How far ahead `exp` may be.
inline constexpr base::Seconds kMaxLifetime{int64_t{366} * 24 * 3600};
/// Longest subject and tenant text in bytes.
inline constexpr size_t kMaxClaimBytes = 255;

/// What a token must say (RFC 7519, RFC 9068).
struct ClaimRules {
  std::string issuer;                  ///< compared byte for byte
  std::vector<std::string> audiences;  ///< `aud` must contain one of them
  /// When not empty, `azp` (else `client_id`, else `cid`) must be one of them.
  std::vector<std::string> authorized_parties = {};
};

/// The claims of a token whose signature and rules held.
struct Claims {
  std::string subject;
  int64_t expires = 0;   ///< seconds since 1970
  std::string token_id;  ///< `jti`, empty if absent or not text
  json::Document payload;
};

/// Checks the claims of a payload whose signature was right, in this order: `iss` (Iss), `aud`
/// (Aud), `azp` (Azp), ID and refresh tokens (Typ), `cnf` (CnfUnsupported), `sub` (Sub,
/// ClaimValue), then the times at `now`: `exp`, `nbf` and `iat` are whole numbers (ClaimType);
/// `exp` present (Exp), not over 366 days ahead (ExpRange), not past (Expired), not before an
/// `iat` of the future (ExpBeforeIat); `nbf` and `iat` not in the future (Nbf, Iat). Every time
/// comparison allows `kLeeway`.
[[nodiscard]] std::expected<Claims, TokenFault> check_claims(json::Document payload,
                                                             const ClaimRules& rules,
                                                             base::WallTime now);

/// What an ID token must say that answers one authorization request (OpenID Connect Core section
/// 3.1.3.7).
struct IdTokenRules {
  std::string issuer;  ///< compared byte for byte
  std::string client;  ///< as what this platform is registered at the issuer
  std::string nonce;   ///< of the request, never empty
};

/// Checks the claims of an ID token whose signature was right, in this order: `iss` (Iss), `aud`
/// has the client (Aud), `azp` is the client, and is there when `aud` has others (Azp), a payload
/// that says it is another kind of token (Typ), `sub` and the times as `check_claims` has them,
/// where `iat` must be there (Iat), `nonce` (Nonce).
[[nodiscard]] std::expected<Claims, TokenFault> check_id_claims(json::Document payload,
                                                                const IdTokenRules& rules,
                                                                base::WallTime now);

/// Whether `text` has C0, C1 or delete characters, which could end a header or a log line.
[[nodiscard]] bool has_control_characters(std::string_view text);

}  // namespace srasta::identity
