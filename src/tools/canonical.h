#pragma once

#include "json/document.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace srasta::tools {

/// The one spelling of an object: members sorted by their bytes, without spaces, without the
/// members `left_out` of the outermost one. Nothing when it holds a number that is not whole.
[[nodiscard]] std::optional<std::string> canonical_json(
    json::Value object, std::span<const std::string_view> left_out = {});

}  // namespace srasta::tools
