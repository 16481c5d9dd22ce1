#pragma once

#include <string>
#include <string_view>

namespace srasta::sql {

/// The statements of `sql`, written for SQLite, for PostgreSQL: `?` becomes `$1`, `$2`, ... and
/// `?7` becomes `$7`; the types INTEGER, REAL and BLOB become BIGINT, DOUBLE PRECISION and BYTEA;
/// STRICT and WITHOUT ROWID behind a table's closing parenthesis go. Literals, quoted names and
/// comments stay as they are.
[[nodiscard]] std::string to_postgres(std::string_view sql);

}  // namespace srasta::sql
