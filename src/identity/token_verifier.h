#pragma once

#include "base/clock.h"
#include "crypto/signature.h"
#include "identity/claims.h"
#include "identity/fault.h"
#include "identity/key_set.h"
#include "identity/token.h"

#include <expected>
#include <span>
#include <string_view>
#include <vector>

namespace srasta::identity {

/// The signature alone. Alg: not one of `allowed`. What `KeySet::choose` says. Signature: no
/// candidate verifies. Else the algorithm that did.
[[nodiscard]] std::expected<crypto::Algorithm, TokenFault> check_signature(
    const UnverifiedToken& token, const KeySet& keys, std::span<const crypto::Algorithm> allowed);

/// Turns a compact JWS into verified claims of one issuer. Immutable; safe to share between
/// threads. Never does I/O: keys come in as a snapshot. The order of the checks is part of the
/// contract, because it is what attackers probe: form, algorithm, key, signature, claims.
class TokenVerifier {
 public:
  struct Settings {
    ClaimRules claims;
    std::vector<crypto::Algorithm> algorithms = {crypto::Algorithm::RS256, crypto::Algorithm::ES256,
                                                 crypto::Algorithm::EdDSA};
  };

  explicit TokenVerifier(Settings settings);

  /// Everything: `parse_token`, then `verify` of the parts.
  [[nodiscard]] std::expected<Claims, TokenFault> verify(std::string_view compact,
                                                         const KeySet& keys,
                                                         base::WallTime now) const;

  /// What `check_signature` says, then what `check_claims` says.
  [[nodiscard]] std::expected<Claims, TokenFault> verify(UnverifiedToken token, const KeySet& keys,
                                                         base::WallTime now) const;

  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  Settings settings_;
};

}  // namespace srasta::identity
