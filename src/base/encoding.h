#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::base {

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(std::string_view bytes);
/// Inverse of `to_hex`; nothing for odd length or any other character (upper case included).
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

/// RFC 4648 section 5 without padding.
[[nodiscard]] std::string to_base64url(std::string_view bytes);
/// Strict inverse: no padding, no other alphabet, no non-zero trailing bits, so every byte string
/// has exactly one spelling.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

/// RFC 4648 section 4 with padding (PEM, signed notes, MIME).
[[nodiscard]] std::string to_base64(std::string_view bytes);

/// Decimal digits only, no sign, no leading zero, no overflow.
[[nodiscard]] std::optional<uint64_t> parse_u64(std::string_view text);

/// Whether `text` is well-formed UTF-8 (Unicode 15 table 3-7: no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text);

/// Compares without leaking where the difference is. Lengths are not secret.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b);

/// ASCII only; other bytes unchanged.
[[nodiscard]] std::string to_lower(std::string_view text);
/// `size` bytes at `a` and at `b` are the same but for the case of ASCII letters.
[[nodiscard]] bool equal_lengths_ignoring_case(const char* a, const char* b, size_t size);
[[nodiscard]] inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  // Nearly every pair of header names differs in length: that must not cost a call.
  return a.size() == b.size() && equal_lengths_ignoring_case(a.data(), b.data(), a.size());
}

}  // namespace srasta::base
