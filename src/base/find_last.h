#pragma once

#include <cstddef>
#include <string_view>

namespace srasta::base {

/// `text.rfind(pattern)` for a pattern whose first character is rare in `text`: the standard
/// library compares at every position. npos if it is not there, or is empty.
[[nodiscard]] inline size_t find_last(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return std::string_view::npos;
  size_t at = text.rfind(pattern.front());
  while (at != std::string_view::npos && !text.substr(at).starts_with(pattern)) {
    at = at == 0 ? std::string_view::npos : text.rfind(pattern.front(), at - 1);
  }
  return at;
}

}  // namespace srasta::base
