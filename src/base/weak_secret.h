#pragma once

#include <span>
#include <string_view>

namespace srasta::base {

/// Secrets that stand in tutorials and default configurations, in lower case.
[[nodiscard]] std::span<const std::string_view> known_secrets();

/// Whether `secret` is none: empty, one byte repeated, or a known one in any case. What passes may
/// still be guessed; what does not is tried first.
[[nodiscard]] bool is_weak_secret(std::string_view secret);

}  // namespace srasta::base
