#pragma once

#include "base/result.h"
#include "storage/sql.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::admin {

/// Where an installation keeps its users, roles and keys: <data>/admin/admin.db.
[[nodiscard]] std::string database_path(const std::string& data_folder);

/// Makes it when it is missing; its folder must exist. Damaged: Corrupt, and it stays as it is.
[[nodiscard]] base::Result<sql::Connection> open_database(const std::string& data_folder);

/// Nothing when the installation has none.
[[nodiscard]] base::Result<std::optional<sql::Connection>> find_database(
    const std::string& data_folder);

/// A JSON array of texts, as the database keeps lists. Code::Corrupt for anything else.
[[nodiscard]] base::Result<std::vector<std::string>> parse_list(std::string_view json);

}  // namespace srasta::admin
