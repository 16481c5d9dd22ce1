#pragma once

#include "crypto/hash.h"

#include <cstdint>
#include <string_view>

namespace srasta::tlog {

/// The largest tree: 2^63 - 1 leaves. Sizes and indexes beyond it are refused everywhere here.
inline constexpr uint64_t kMostTreeSize = (uint64_t{1} << 63) - 1;

/// Hashes of RFC 6962 section 2.1 over SHA-256. None of them allocates.

/// The root of the tree without leaves: SHA-256 of nothing.
[[nodiscard]] crypto::Digest empty_root();
/// SHA-256(0x00 || body).
[[nodiscard]] crypto::Digest leaf_hash(std::string_view body);
/// SHA-256(0x01 || left || right).
[[nodiscard]] crypto::Digest node_hash(const crypto::Digest& left, const crypto::Digest& right);

}  // namespace srasta::tlog
