#pragma once

#include "base/clock.h"
#include "crypto/signature.h"
#include "identity/claims.h"
#include "identity/fault.h"
#include "identity/key_set.h"
#include "identity/token.h"

#include <expected>
#include <string_view>
#include <vector>

namespace srasta::identity {

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

  /// Alg: not a configured algorithm. What `KeySet::choose` says. Signature: no candidate verifies.
  /// Then what `check_claims` says.
  [[nodiscard]] std::expected<Claims, TokenFault> verify(UnverifiedToken token, const KeySet& keys,
                                                         base::WallTime now) const;

  [[nodiscard]] const Settings& settings() const { return settings_; }

 private:
  Settings settings_;
};

}  // namespace srasta::identity
