#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace srasta::sandbox {

/// How far foreign code is kept apart, weakest first: comparing compares strength.
enum class Tier : uint8_t {
  None,  ///< nothing: no command runs
  T3,    ///< Landlock, system-call filter, resource limits, a supervisor that adopts orphans
  T1,    ///< namespaces of its own by bubblewrap, and all of T3
  T1c,   ///< T1, with a control group that caps memory and processes of the whole run
};

/// "none", "t3", "t1", "t1c".
[[nodiscard]] std::string_view to_string(Tier tier);

/// Inverse of `to_string`; nothing for any other text.
[[nodiscard]] std::optional<Tier> parse_tier(std::string_view text);

}  // namespace srasta::sandbox
