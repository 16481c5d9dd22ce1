#include "storage/sql.h"

#include "storage/sql_error.h"
#include "storage/sql_open.h"

#include <limits>
#include <sqlite3.h>
#include <utility>

namespace srasta::sql {
namespace {

struct Binder {
  sqlite3_stmt* statement;
  int index;

  int operator()(std::nullptr_t) const { return ::sqlite3_bind_null(statement, index); }
  int operator()(int64_t value) const { return ::sqlite3_bind_int64(statement, index, value); }
  int operator()(double value) const { return ::sqlite3_bind_double(statement, index, value); }
  int operator()(std::string_view text) const {
    // A null pointer would bind NULL.
    return ::sqlite3_bind_text64(statement, index, text.empty() ? "" : text.data(), text.size(),
                                 SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  int operator()(Blob bytes) const {
    if (bytes.empty()) return ::sqlite3_bind_zeroblob(statement, index, 0);
    return ::sqlite3_bind_blob64(statement, index, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  }
};

}  // namespace

struct Database {
  std::string path;
  sqlite3* handle;

  Database(std::string file, sqlite3* opened) : path(std::move(file)), handle(opened) {}
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { ::sqlite3_close_v2(handle); }

  [[nodiscard]] base::Error error(int code) const { return database_error(handle, code, path); }
  [[nodiscard]] base::Result<void> execute(const char* sql) const {
    const int code = ::sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error(code);
    return {};
  }
};

struct Statement::Impl {
  std::string path;
  sqlite3_stmt* statement;

  Impl(std::string file, sqlite3_stmt* prepared) : path(std::move(file)), statement(prepared) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { ::sqlite3_finalize(statement); }

  [[nodiscard]] base::Error error(int code) const {
    return database_error(::sqlite3_db_handle(statement), code, path);
  }
  /// Without a row every column is NULL.
  [[nodiscard]] base::Result<void> require(int index, int type) const {
    if (::sqlite3_column_type(statement, index) == type) return {};
    return base::make_error(base::Code::Invalid,
                            path + ": column " + std::to_string(index) + " has another type");
  }
};

Statement::Statement(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

base::Result<void> Statement::bind(std::initializer_list<Value> values) {
  sqlite3_stmt* const statement = impl_->statement;
  // Its code repeats the failure of the last step.
  ::sqlite3_reset(statement);
  if (std::cmp_not_equal(::sqlite3_bind_parameter_count(statement), values.size())) {
    return base::make_error(base::Code::Invalid, impl_->path + ": wrong number of parameters: " +
                                                     std::to_string(values.size()));
  }
  int index = 0;
  for (const Value& value : values) {
    const int code = std::visit(Binder{statement, ++index}, value);
    if (code != SQLITE_OK) return impl_->error(code);
  }
  return {};
}

base::Result<bool> Statement::step() {
  const int code = ::sqlite3_step(impl_->statement);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  base::Error error = impl_->error(code);
  ::sqlite3_reset(impl_->statement);
  return error;
}

base::Result<void> Statement::run(std::initializer_list<Value> values) {
  SRASTA_TRY(bind(values));
  bool more = true;
  while (more) {
    SRASTA_TRY_ASSIGN(more, step());
  }
  ::sqlite3_reset(impl_->statement);
  return {};
}

base::Result<int64_t> Statement::integer(int index) const {
  SRASTA_TRY(impl_->require(index, SQLITE_INTEGER));
  return int64_t{::sqlite3_column_int64(impl_->statement, index)};
}

base::Result<double> Statement::real(int index) const {
  SRASTA_TRY(impl_->require(index, SQLITE_FLOAT));
  return ::sqlite3_column_double(impl_->statement, index);
}

base::Result<std::string_view> Statement::text(int index) const {
  SRASTA_TRY(impl_->require(index, SQLITE_TEXT));
  const void* const bytes = ::sqlite3_column_text(impl_->statement, index);
  if (bytes == nullptr) return impl_->error(SQLITE_NOMEM);
  const auto size = static_cast<size_t>(::sqlite3_column_bytes(impl_->statement, index));
  return std::string_view(static_cast<const char*>(bytes), size);
}

base::Result<Blob> Statement::blob(int index) const {
  SRASTA_TRY(impl_->require(index, SQLITE_BLOB));
  const void* const bytes = ::sqlite3_column_blob(impl_->statement, index);
  const auto size = static_cast<size_t>(::sqlite3_column_bytes(impl_->statement, index));
  return Blob(static_cast<const std::byte*>(bytes), size);
}

bool Statement::is_null(int index) const {
  return ::sqlite3_column_type(impl_->statement, index) == SQLITE_NULL;
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

base::Result<void> Transaction::commit() {
  Database* const database = std::exchange(database_, nullptr);
  if (database == nullptr) return base::make_error(base::Code::Invalid, "already committed");
  auto committed = database->execute("COMMIT");
  if (!committed) (void)database->execute("ROLLBACK");
  return committed;
}

Connection::Connection(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

base::Result<Connection> Connection::open(const Settings& settings) {
  SRASTA_TRY_ASSIGN(sqlite3* const opened, open_database(settings));
  Connection connection(std::make_unique<Database>(settings.path, opened));
  SRASTA_TRY(migrate(connection, settings));
  return connection;
}

base::Result<Statement> Connection::prepare(std::string_view sql) {
  if (std::cmp_greater(sql.size(), std::numeric_limits<int>::max())) {
    return base::make_error(base::Code::TooLarge, database_->path + ": the statement is too long");
  }
  sqlite3_stmt* statement = nullptr;
  const int code = ::sqlite3_prepare_v3(database_->handle, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return database_->error(code);
  if (statement == nullptr) {
    return base::make_error(base::Code::Invalid, database_->path + ": an empty statement");
  }
  return Statement(std::make_unique<Statement::Impl>(database_->path, statement));
}

base::Result<void> Connection::execute(const std::string& sql) {
  return database_->execute(sql.c_str());
}

base::Result<Transaction> Connection::begin(Lock lock) {
  SRASTA_TRY(execute(lock == Lock::All ? "BEGIN EXCLUSIVE" : "BEGIN IMMEDIATE"));
  return Transaction(*database_);
}

base::Result<void> Connection::scrub() {
  return execute("VACUUM");
}

int64_t Connection::changes() const {
  return ::sqlite3_changes64(database_->handle);
}

}  // namespace srasta::sql
