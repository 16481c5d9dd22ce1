#pragma once

#include "storage/sql.h"

struct sqlite3;

namespace srasta::sql {

/// Opens the file of `settings`, checks it and sets it up, without migrations.
[[nodiscard]] base::Result<sqlite3*> open_database(const Settings& settings);

/// Brings `connection` to the last version.
[[nodiscard]] base::Result<void> migrate(Connection& connection, const Settings& settings);

}  // namespace srasta::sql
