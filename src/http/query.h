#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::http {

/// application/x-www-form-urlencoded: "+" is a space. Nothing when a "%" has no two hexadecimal
/// digits behind it.
[[nodiscard]] std::optional<std::string> form_decoded(std::string_view text);

/// The parameters of a query (without "?"), decoded, in their order; nothing when one is malformed,
/// has no "=", or occurs twice.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(
    std::string_view query);

}  // namespace srasta::http
