#pragma once

#include "base/result.h"

#include <string_view>

struct sqlite3;

namespace srasta::sql {

/// The last failure of `database`, by whose `code` it was told; null when there is no database.
[[nodiscard]] base::Error database_error(sqlite3* database, int code, std::string_view path);

/// For a file that is damaged, or is something else.
[[nodiscard]] base::Error damaged(std::string_view path, std::string_view reason);

}  // namespace srasta::sql
