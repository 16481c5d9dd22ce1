#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// A SQL database: one SQLite file on one host, or PostgreSQL (`storage/postgres.h`). Errors of
/// every call: Code::Unavailable (locked by another process for longer than the timeout, disk full,
/// no permission), Io, Corrupt, Conflict (a constraint), TooLarge (a value beyond the engine's
/// limit), Invalid (wrong SQL, wrong type). A message names the file. All calls block; call them
/// from threads that may wait.
namespace srasta::sql {

using Blob = std::span<const std::byte>;
/// What a parameter may be. Texts are UTF-8. Views are read before the call returns.
using Value = std::variant<std::nullptr_t, int64_t, double, std::string_view, Blob>;

struct PreparedStatement;
struct Database;

/// One prepared statement. Belongs to the thread of its connection.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  /// Starts over with these parameters: all of the statement's, in order.
  [[nodiscard]] base::Result<void> bind(std::initializer_list<Value> values);
  /// Goes to the next row; false: there is none.
  [[nodiscard]] base::Result<bool> step();
  /// `bind`, and all steps: for what returns no rows. They are dropped if it does.
  [[nodiscard]] base::Result<void> run(std::initializer_list<Value> values = {});

  /// Column `index` (from 0) of the current row; Code::Invalid if it is not of that type. Views are
  /// good until the next call of step, bind or run.
  [[nodiscard]] base::Result<int64_t> integer(int index) const;
  [[nodiscard]] base::Result<double> real(int index) const;
  [[nodiscard]] base::Result<std::string_view> text(int index) const;
  [[nodiscard]] base::Result<Blob> blob(int index) const;
  [[nodiscard]] bool is_null(int index) const;

 private:
  friend class Connection;
  explicit Statement(std::unique_ptr<PreparedStatement> prepared);
  std::unique_ptr<PreparedStatement> prepared_;
};

/// Changes that become durable together with `commit`, or not at all. Rolls back when destroyed
/// without it; the connection must still be there then.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  /// On success what was changed survives a crash and a power cut. On failure it may or may not
  /// have become durable, and the transaction is over.
  [[nodiscard]] base::Result<void> commit();

 private:
  friend class Connection;
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

/// What becomes of bytes that are deleted.
enum class Deletion : uint8_t {
  Lazy,    ///< they stay in free space of the files until that is used again
  Erasing  ///< once a commit returned, no file of the database has what it deleted, see `scrub`
};

/// What a transaction keeps others from.
enum class Lock : uint8_t {
  Writing,
  All  ///< reading, too; with Deletion::Erasing only
};

struct Settings {
  std::string path;  ///< created with mode 0600 when missing; its folder must exist
  /// migrations[n] brings a database of version n to version n + 1, each in one transaction. Those
  /// of a release that was shipped never change.
  std::vector<std::string_view> migrations;
  base::Millis busy_timeout{5'000};  ///< how long to wait for another process's lock
  Deletion deletion = Deletion::Lazy;
};

struct PostgresSettings;

/// An open database. One thread at a time. Every commit is durable (write-ahead log and full sync;
/// with Deletion::Erasing a rollback journal, whose removal is the commit); foreign keys are
/// enforced; nobody but the owner may read the file.
class Connection {
 public:
  /// Checks the whole file before anything is changed in it. A damaged file (Corrupt) or one that a
  /// newer release wrote (Unsupported) stays as it is, and the message tells what to do.
  [[nodiscard]] static base::Result<Connection> open(const Settings& settings);

  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  [[nodiscard]] base::Result<Statement> prepare(std::string_view sql);
  /// One or more statements without parameters, separated by semicolons.
  [[nodiscard]] base::Result<void> execute(const std::string& sql);
  /// Takes the lock. Transactions do not nest.
  [[nodiscard]] base::Result<Transaction> begin(Lock lock = Lock::Writing);
  /// Writes the whole file anew: pages that were split or merged may hold copies of rows that moved
  /// elsewhere before they were deleted. Outside a transaction.
  [[nodiscard]] base::Result<void> scrub();
  /// Rows that the last statement changed.
  [[nodiscard]] int64_t changes() const;

 private:
  friend base::Result<Connection> open_postgres(const PostgresSettings& settings);
  explicit Connection(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace srasta::sql
