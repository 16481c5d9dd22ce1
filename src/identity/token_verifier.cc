#include "identity/token_verifier.h"

#include <algorithm>
#include <utility>

namespace srasta::identity {
namespace {

using Unexpected = std::unexpected<TokenFault>;

std::expected<crypto::Algorithm, TokenFault> require_algorithm(
    std::string_view name, std::span<const crypto::Algorithm> allowed) {
  const auto algorithm = crypto::parse_algorithm(name);
  if (!algorithm || std::ranges::find(allowed, *algorithm) == allowed.end()) {
    return Unexpected(TokenFault::Alg);
  }
  return *algorithm;
}

bool is_signed_by_one_of(const KeySet::Candidates& candidates, crypto::Algorithm algorithm,
                         const UnverifiedToken& token) {
  return std::ranges::any_of(candidates.keys(), [&](const crypto::PublicKey* key) {
    return key->verify(algorithm, token.signing_input, token.signature);
  });
}

}  // namespace

std::expected<crypto::Algorithm, TokenFault> check_signature(
    const UnverifiedToken& token, const KeySet& keys, std::span<const crypto::Algorithm> allowed) {
  // RFC 8725 section 3.1: the token proposes an algorithm, but our settings and the key decide.
  // Otherwise its sender would choose how he is checked (none, or HMAC with the public key).
  const auto algorithm = require_algorithm(token.algorithm, allowed);
  if (!algorithm) return algorithm;
  const auto candidates = keys.choose(token.kid, *algorithm);
  if (!candidates) return Unexpected(candidates.error());
  if (!is_signed_by_one_of(*candidates, *algorithm, token)) {
    return Unexpected(TokenFault::Signature);
  }
  return algorithm;
}

TokenVerifier::TokenVerifier(Settings settings) : settings_(std::move(settings)) {}

std::expected<Claims, TokenFault> TokenVerifier::verify(std::string_view compact,
                                                        const KeySet& keys,
                                                        base::WallTime now) const {
  auto token = parse_token(compact);
  if (!token) return Unexpected(token.error());
  return verify(*std::move(token), keys, now);
}

std::expected<Claims, TokenFault> TokenVerifier::verify(UnverifiedToken token, const KeySet& keys,
                                                        base::WallTime now) const {
  const auto algorithm = check_signature(token, keys, settings_.algorithms);
  if (!algorithm) return Unexpected(algorithm.error());
  return check_claims(std::move(token.payload), settings_.claims, now);
}

}  // namespace srasta::identity
