#pragma once

#include "crypto/hash.h"

#include <optional>
#include <string>
#include <string_view>

namespace srasta::tlog {

// Private to tlog/: base64 as the C2SP texts have it.

/// A hash: the base64 of exactly 32 bytes.
[[nodiscard]] std::optional<crypto::Digest> hash_from_base64(std::string_view text);
[[nodiscard]] std::string hash_to_base64(const crypto::Digest& hash);

}  // namespace srasta::tlog
