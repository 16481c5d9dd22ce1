#pragma once

#include "storage/sql_engine.h"

#include <memory>

struct sqlite3;

namespace srasta::sql {

/// Opens the file of `settings`, checks it and sets it up, without migrations.
[[nodiscard]] base::Result<sqlite3*> open_sqlite_file(const Settings& settings);

/// The engine behind `Connection::open`.
[[nodiscard]] base::Result<std::unique_ptr<Database>> open_sqlite(const Settings& settings);

}  // namespace srasta::sql
