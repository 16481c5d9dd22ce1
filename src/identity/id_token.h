#pragma once

#include "base/clock.h"
#include "crypto/signature.h"
#include "identity/claims.h"
#include "identity/key_set.h"

#include <expected>
#include <span>
#include <string_view>

namespace srasta::identity {

/// What a token endpoint gave; neither may be believed yet.
struct TokenPair {
  std::string_view id_token;
  std::string_view access_token;  ///< empty: none came
};

/// Who signed in, by the ID token that answers an authorization request. Never does I/O. The checks
/// in their order: what `parse_token` says; not one that calls itself an access token (Typ); what
/// `check_signature` says; what `check_id_claims` says; `at_hash`, where it is there, is of the
/// access token (AtHash).
[[nodiscard]] std::expected<Claims, TokenFault> verify_id_token(
    const TokenPair& tokens, const KeySet& keys, std::span<const crypto::Algorithm> algorithms,
    const IdTokenRules& rules, base::WallTime now);

}  // namespace srasta::identity
