#pragma once

#include "base/result.h"
#include "storage/sql.h"

#include <optional>
#include <string>

namespace srasta::admin {

/// Where an installation keeps its users, roles and keys: <data>/admin/admin.db.
[[nodiscard]] std::string database_path(const std::string& data_folder);

/// Makes it when it is missing; its folder must exist. Damaged: Corrupt, and it stays as it is.
[[nodiscard]] base::Result<sql::Connection> open_database(const std::string& data_folder);

/// Nothing when the installation has none.
[[nodiscard]] base::Result<std::optional<sql::Connection>> find_database(
    const std::string& data_folder);

}  // namespace srasta::admin
