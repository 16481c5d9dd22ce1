#pragma once

#include <string_view>
#include <vector>

namespace srasta::admin {

/// What brings admin.db from one version to the next, see `sql::Settings`.
[[nodiscard]] std::vector<std::string_view> migrations();

}  // namespace srasta::admin
