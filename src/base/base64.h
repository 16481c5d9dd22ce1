#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace srasta::base {

/// Strict inverse of `to_base64` (encoding.h): RFC 4648 section 4 with padding, no other character,
/// no non-zero trailing bits, so every byte string has exactly one spelling.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace srasta::base
