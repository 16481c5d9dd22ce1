#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>

namespace srasta::base {

/// `text.rfind(pattern)` for a pattern whose first character is rare in `text`: the standard
/// library compares at every position. npos if it is not there, or is empty.
[[nodiscard]] inline size_t find_last(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return std::string_view::npos;
  for (std::string_view before = text; !before.empty();) {
    const void* const found = ::memrchr(before.data(), pattern.front(), before.size());
    if (found == nullptr) break;
    const auto at = static_cast<size_t>(static_cast<const char*>(found) - text.data());
    if (text.substr(at).starts_with(pattern)) return at;
    before = text.substr(0, at);
  }
  return std::string_view::npos;
}

/// `text.find(pattern)`, which for the standard library is a search for the first character.
[[nodiscard]] inline size_t find_first(std::string_view text, std::string_view pattern) {
  const void* const found = ::memmem(text.data(), text.size(), pattern.data(), pattern.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

/// The part before the first `end`, which is taken from `text` with it; nothing without `end`.
[[nodiscard]] inline std::optional<std::string_view> take_until(std::string_view& text, char end) {
  const size_t at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return part;
}

}  // namespace srasta::base
