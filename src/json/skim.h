#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace srasta::json {

/// The value of the last member `key` of the outermost object of `text`, as written. For meters
/// that look at an engine's answer while it is relayed untouched: nothing is validated, so where a
/// decision depends on the answer use `scan_object`. Text that is not an object, or ends early, has
/// no members. `key` has no characters that JSON escapes. One pass, no allocation.
[[nodiscard]] std::optional<std::string_view> skim_member(std::string_view text,
                                                          std::string_view key);

/// A whole number written in plain digits, as a meter reads it; nothing for anything else.
[[nodiscard]] std::optional<int64_t> skim_count(std::string_view object, std::string_view key);

}  // namespace srasta::json
