#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace srasta::http {

/// A request path in the one spelling that this platform accepts.
struct CanonicalPath {
  std::string path;  ///< percent-decoded, UTF-8, starts with '/', no empty or dot segments inside
  std::string_view query;  ///< behind '?', still encoded; points into the input
};

/// Decodes once, and refuses what would give one resource two spellings or hide a separator:
/// encoded slashes, backslashes, unreserved characters or controls, dot segments, empty segments
/// (one at the end excepted), fragments, broken percent signs, bytes that are not UTF-8.
[[nodiscard]] std::optional<CanonicalPath> canonical_path(std::string_view target);

}  // namespace srasta::http
