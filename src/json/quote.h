#pragma once

#include <cstddef>
#include <string_view>

namespace srasta::json {

/// Where the string whose inside begins at `from` ends: the index of its closing quote, or the
/// text's size if there is none. Linear: no byte is looked at more than twice.
[[nodiscard]] inline size_t closing_quote(std::string_view text, size_t from) {
  for (size_t quote = text.find('"', from); quote != text.npos; quote = text.find('"', quote + 1)) {
    size_t escapes = 0;
    while (quote - escapes > from && text[quote - escapes - 1] == '\\') ++escapes;
    if (escapes % 2 == 0) return quote;
  }
  return text.size();
}

}  // namespace srasta::json
