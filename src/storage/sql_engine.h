#pragma once

#include "storage/sql.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

// What an engine does for `storage/sql.h`, which has the contracts.
namespace srasta::sql {

struct PreparedStatement {
  PreparedStatement() = default;
  PreparedStatement(const PreparedStatement&) = delete;
  PreparedStatement& operator=(const PreparedStatement&) = delete;
  virtual ~PreparedStatement() = default;

  virtual base::Result<void> bind(std::span<const Value> values) = 0;
  virtual base::Result<bool> step() = 0;
  /// Lets go of the rows, and of the locks that reading them takes.
  virtual void reset() = 0;

  [[nodiscard]] virtual base::Result<int64_t> integer(int index) const = 0;
  [[nodiscard]] virtual base::Result<double> real(int index) const = 0;
  [[nodiscard]] virtual base::Result<std::string_view> text(int index) const = 0;
  [[nodiscard]] virtual base::Result<Blob> blob(int index) const = 0;
  [[nodiscard]] virtual bool is_null(int index) const = 0;
};

struct Database {
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  virtual ~Database() = default;

  virtual base::Result<std::unique_ptr<PreparedStatement>> prepare(std::string_view sql) = 0;
  virtual base::Result<void> execute(const std::string& sql) = 0;
  virtual base::Result<void> begin(Lock lock) = 0;
  virtual base::Result<void> commit() = 0;
  /// Of what cannot be rolled back nothing is left either.
  virtual void rollback() = 0;
  virtual base::Result<void> scrub() = 0;
  [[nodiscard]] virtual int64_t changes() const = 0;

  /// How many migrations were made.
  virtual base::Result<int64_t> version() = 0;
  /// Together with what the transaction has changed.
  virtual base::Result<void> set_version(int64_t version) = 0;
};

/// Brings `database`, called `name` in messages, to the last version; whether there was anything to
/// do. Unsupported for one of a newer release.
[[nodiscard]] base::Result<bool> migrate(Database& database, std::string_view name,
                                         std::span<const std::string_view> migrations);

}  // namespace srasta::sql
