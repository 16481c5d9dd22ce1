#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace srasta::base {

/// A set of bytes to search for. `std::string_view::find_first_of` looks each byte up in the set's
/// text; this looks it up in a table.
class ByteSet {
 public:
  consteval explicit ByteSet(std::string_view members) {
    for (const char c : members) table_[static_cast<uint8_t>(c)] = true;
  }

  [[nodiscard]] constexpr bool contains(char c) const { return table_[static_cast<uint8_t>(c)]; }

  /// The first member in `text` at `from` or later; the size of `text` when there is none.
  [[nodiscard]] size_t find_in(std::string_view text, size_t from = 0) const {
    while (from < text.size() && !contains(text[from])) ++from;
    return from;
  }
  /// The first byte that is no member.
  [[nodiscard]] size_t skip_in(std::string_view text, size_t from = 0) const {
    while (from < text.size() && contains(text[from])) ++from;
    return from;
  }

 private:
  std::array<bool, 256> table_{};
};

}  // namespace srasta::base
