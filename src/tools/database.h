#pragma once

#include "base/result.h"
#include "storage/sql.h"

#include <string>
#include <string_view>
#include <vector>

namespace srasta::tools {

/// Where the tool gateway keeps approvals, merge requests and what was read: <data>/tools/tools.db.
/// Made when it is missing; its folder must exist. Damaged: Corrupt, and it stays as it is.
[[nodiscard]] base::Result<sql::Connection> open_database(const std::string& data_folder);

/// A JSON array of texts, as the database keeps lists. Code::Corrupt for anything else.
[[nodiscard]] base::Result<std::vector<std::string>> parse_list(std::string_view json);

}  // namespace srasta::tools
