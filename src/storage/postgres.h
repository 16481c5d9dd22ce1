#pragma once

#include "storage/sql.h"

#include <string>
#include <string_view>
#include <vector>

namespace srasta::sql {

/// A schema of a PostgreSQL server (14 or newer), for platforms on several hosts. No service opens
/// one yet: the suite of the contract (tests/service/sql_contract_test.py) keeps this engine and
/// SQLite alike.
struct PostgresSettings {
  /// As libpq takes it, a URI or `key=value` pairs; it may hold a password, so messages name the
  /// schema instead.
  std::string conninfo;
  std::string schema;                        ///< [a-z][a-z0-9_]{0,62}; made when missing
  std::vector<std::string_view> migrations;  ///< as in `Settings`
  base::Millis busy_timeout{5'000};          ///< how long to wait for another writer
};

/// What is written for SQLite runs here: parameters are `?`, columns INTEGER (64 bits), REAL, TEXT
/// and BLOB, tables STRICT and WITHOUT ROWID (`to_postgres`). Transactions that write come one
/// after another, as they do there, and a statement that fails leaves the transaction as it was.
/// Differences: text cannot hold NUL (Code::Invalid), `scrub` and Lock::All are Unsupported, and a
/// connection that was lost stays lost (Unavailable).
[[nodiscard]] base::Result<Connection> open_postgres(const PostgresSettings& settings);

}  // namespace srasta::sql
