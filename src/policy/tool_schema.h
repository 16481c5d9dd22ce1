#pragma once

#include "policy/tool.h"

#include <string>

namespace srasta::policy {

/// The JSON Schema (2020-12) of a tool's arguments: closed, with the bounds that `Arguments::read`
/// holds.
[[nodiscard]] std::string input_schema(Tool tool);

}  // namespace srasta::policy
