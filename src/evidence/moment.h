#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::evidence {

/// A moment as a client may write it: a day, or a day and a time to hours, minutes, seconds or
/// fractions down to microseconds ("2026-11-24", "2026-11-24T09", "2026-11-24T09:05:01.5Z"); always
/// UTC, with or without Z. Given as records have it, the beginning of what was named. Nothing for
/// anything else.
[[nodiscard]] std::optional<std::string> parse_moment(std::string_view text);

/// Microseconds since 1970 of a time as records have it; nothing if it is none.
[[nodiscard]] std::optional<int64_t> micros_of(std::string_view time);

}  // namespace srasta::evidence
