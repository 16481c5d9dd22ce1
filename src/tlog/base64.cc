#include "tlog/base64.h"

#include "base/encoding.h"

#include <algorithm>

namespace srasta::tlog {

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  if (text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
  std::string url(text);
  std::ranges::replace(url, '+', '-');
  std::ranges::replace(url, '/', '_');
  return base::from_base64url(url);
}

std::optional<crypto::Digest> hash_from_base64(std::string_view text) {
  constexpr size_t kHashCharacters = 44;
  if (text.size() != kHashCharacters) return std::nullopt;
  const auto bytes = from_base64(text);
  return bytes ? crypto::digest_from(*bytes) : std::nullopt;
}

std::string hash_to_base64(const crypto::Digest& hash) {
  return base::to_base64(crypto::bytes_of(hash));
}

}  // namespace srasta::tlog
