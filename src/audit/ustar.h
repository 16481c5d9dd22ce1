#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::audit {

/// The headers of a tar archive (POSIX.1 ustar) of plain files, in the one form that depends on
/// nothing but name and size: mode 0644, no owner, time 0.

inline constexpr size_t kUstarBlock = 512;
/// Two empty blocks end the archive.
inline constexpr size_t kUstarEnd = 2 * kUstarBlock;
inline constexpr size_t kMostUstarName = 100;
inline constexpr uint64_t kMostUstarSize = (uint64_t{1} << 33) - 1;  ///< 11 octal digits

struct UstarMember {
  std::string name;
  uint64_t size = 0;  ///< bytes of its content
};

/// Nothing for names and sizes beyond the limits above.
[[nodiscard]] std::optional<std::string> ustar_header(const UstarMember& member);
/// Of a block of 512 bytes; nothing unless it is exactly what `ustar_header` writes.
[[nodiscard]] std::optional<UstarMember> parse_ustar_header(std::string_view block);
/// Zero bytes that follow a content of this size.
[[nodiscard]] constexpr uint64_t ustar_padding(uint64_t size) {
  return (kUstarBlock - size % kUstarBlock) % kUstarBlock;
}

}  // namespace srasta::audit
