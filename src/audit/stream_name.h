#pragma once

#include <algorithm>
#include <string_view>

namespace srasta::audit {

/// 1 to 32 of a-z, 0-9 and -, and none of the names that lie beside the streams.
[[nodiscard]] inline bool is_stream_name(std::string_view name) {
  constexpr size_t kMostBytes = 32;
  return !name.empty() && name.size() <= kMostBytes && name != "origin" && name != "keys" &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

}  // namespace srasta::audit
