#pragma once

#include "base/clock.h"

#include <optional>
#include <span>
#include <string_view>

namespace srasta::identity {

/// How long an answer with these Cache-Control field values is fresh (RFC 9111 section 5.2.2):
/// zero for no-store and no-cache, the smallest `max-age` otherwise. Nothing when no value says
/// anything usable; malformed directives are ignored. Huge values saturate.
[[nodiscard]] std::optional<base::Seconds> parse_max_age(std::span<const std::string_view> values);

}  // namespace srasta::identity
