#include "identity/id_token.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/token.h"
#include "identity/token_verifier.h"

#include <string>
#include <utility>

namespace srasta::identity {
namespace {

using crypto::Algorithm;
using Unexpected = std::unexpected<TokenFault>;

/// OpenID Connect Core section 3.1.3.6: the hash of the token's own algorithm. Ed25519 hashes with
/// SHA-512.
std::string hash_of(std::string_view text, Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::RS256:
    case Algorithm::PS256:
    case Algorithm::ES256:
      return std::string(crypto::bytes_of(crypto::sha256(text)));
    case Algorithm::RS384:
    case Algorithm::PS384:
    case Algorithm::ES384:
      return crypto::sha384(text);
    case Algorithm::RS512:
    case Algorithm::PS512:
    case Algorithm::EdDSA:
      break;
  }
  return crypto::sha512(text);
}

bool is_of(json::Value at_hash, std::string_view access_token, Algorithm algorithm) {
  const auto shown = at_hash.string();
  if (!shown || access_token.empty()) return false;
  const std::string hash = hash_of(access_token, algorithm);
  const std::string half = base::to_base64url(std::string_view(hash).substr(0, hash.size() / 2));
  return base::equal_constant_time(*shown, half);
}

}  // namespace

std::expected<Claims, TokenFault> verify_id_token(const TokenPair& tokens, const KeySet& keys,
                                                  std::span<const Algorithm> algorithms,
                                                  const IdTokenRules& rules, base::WallTime now) {
  auto token = parse_token(tokens.id_token);
  if (!token) return Unexpected(token.error());
  if (token->type == "at+jwt") return Unexpected(TokenFault::Typ);
  const auto algorithm = check_signature(*token, keys, algorithms);
  if (!algorithm) return Unexpected(algorithm.error());
  auto claims = check_id_claims(std::move(token->payload), rules, now);
  if (!claims) return claims;
  const auto at_hash = claims->payload.root().find("at_hash");
  if (at_hash && !is_of(*at_hash, tokens.access_token, *algorithm)) {
    return Unexpected(TokenFault::AtHash);
  }
  return claims;
}

}  // namespace srasta::identity
