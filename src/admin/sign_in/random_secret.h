#pragma once

#include "base/entropy.h"
#include "base/secret.h"
#include "crypto/hash.h"

#include <string>
#include <string_view>

namespace srasta::admin {

/// A secret that is shown once and known here by its digest only: 256 random bits as 43 characters
/// of base64url.
struct RandomSecret {
  base::Secret text;
  crypto::Digest digest{};
};

[[nodiscard]] RandomSecret make_secret(base::Entropy& entropy);
/// The digest by which a secret that somebody shows is looked up.
[[nodiscard]] crypto::Digest digest_of_secret(std::string_view text);
/// How the database takes digests.
[[nodiscard]] std::span<const std::byte> blob_of(const crypto::Digest& digest);

}  // namespace srasta::admin
