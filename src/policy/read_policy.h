#pragma once

#include "config/document.h"
#include "policy/policy.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::policy {

inline constexpr size_t kLongestDocument = size_t{256} << 10;

struct ReadResult {
  std::optional<Policy> policy;           ///< nothing if there is any problem
  std::vector<config::Problem> problems;  ///< each with its line and key
};

/// Reads one policy document (docs/tools.md) and checks what can be checked without a host: closed
/// vocabulary, unique ids, names that must exist, limits that may only narrow, templates that
/// cannot become options or shells, writable refs that swallow protected ones, and the examples of
/// its rules, which must come out as they say. At most 256 KiB, without anchors and aliases.
[[nodiscard]] ReadResult read_policy(std::string_view bytes);

}  // namespace srasta::policy
