#pragma once

#include "access/permission.h"

#include <string>
#include <vector>

namespace srasta::access {

/// In the order of the enumeration.
[[nodiscard]] std::vector<std::string> names_of(PermissionSet permissions);

}  // namespace srasta::access
