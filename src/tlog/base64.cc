#include "tlog/base64.h"

#include "base/base64.h"
#include "base/encoding.h"

namespace srasta::tlog {

std::optional<crypto::Digest> hash_from_base64(std::string_view text) {
  constexpr size_t kHashCharacters = 44;
  if (text.size() != kHashCharacters) return std::nullopt;
  const auto bytes = base::from_base64(text);
  return bytes ? crypto::digest_from(*bytes) : std::nullopt;
}

std::string hash_to_base64(const crypto::Digest& hash) {
  return base::to_base64(crypto::bytes_of(hash));
}

}  // namespace srasta::tlog
