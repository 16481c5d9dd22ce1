#include "admin/sign_in/random_secret.h"

#include "base/encoding.h"

#include <span>

namespace srasta::admin {

RandomSecret make_secret(base::Entropy& entropy) {
  constexpr size_t kBytes = 32;
  std::string text = base::to_base64url(base::random_bytes(entropy, kBytes));
  const crypto::Digest digest = digest_of_secret(text);
  return {.text = base::Secret(std::move(text)), .digest = digest};
}

crypto::Digest digest_of_secret(std::string_view text) {
  return crypto::sha256(text);
}

std::span<const std::byte> blob_of(const crypto::Digest& digest) {
  return std::as_bytes(std::span(digest));
}

}  // namespace srasta::admin
