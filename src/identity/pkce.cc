#include "identity/pkce.h"

#include "base/encoding.h"
#include "crypto/hash.h"

#include <algorithm>

namespace srasta::identity {
namespace {

constexpr size_t kChallengeCharacters = 43;
constexpr size_t kShortest = 43;
constexpr size_t kLongest = 128;

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

bool is_pkce_challenge(std::string_view challenge) {
  return challenge.size() == kChallengeCharacters && base::from_base64url(challenge).has_value();
}

std::string pkce_challenge(std::string_view verifier) {
  return base::to_base64url(crypto::bytes_of(crypto::sha256(verifier)));
}

bool proves_pkce(std::string_view verifier, std::string_view challenge) {
  if (verifier.size() < kShortest || verifier.size() > kLongest) return false;
  if (!std::ranges::all_of(verifier, is_unreserved)) return false;
  return base::equal_constant_time(pkce_challenge(verifier), challenge);
}

}  // namespace srasta::identity
