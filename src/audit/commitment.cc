#include "audit/commitment.h"

#include "base/encoding.h"
#include "crypto/hash.h"

#include <algorithm>

namespace srasta::audit {

Commitment Commitment::of(std::string_view key, std::string_view id) {
  Commitment made;
  const std::string digits = base::to_hex(crypto::bytes_of(crypto::hmac_sha256(key, id)));
  const auto after = std::ranges::copy(kPrefix, made.text_.begin()).out;
  std::ranges::copy(digits, after);
  return made;
}

}  // namespace srasta::audit
