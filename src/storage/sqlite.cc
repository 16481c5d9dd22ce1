#include "base/file.h"
#include "storage/sql_engine.h"
#include "storage/sqlite_error.h"
#include "storage/sqlite_open.h"

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

class SqliteStatement final : public PreparedStatement {
 public:
  SqliteStatement(std::string file, sqlite3_stmt* prepared)
      : path_(std::move(file)), statement_(prepared) {}
  ~SqliteStatement() override { ::sqlite3_finalize(statement_); }

  base::Result<void> bind(std::span<const Value> values) override {
    // Its code repeats the failure of the last step.
    ::sqlite3_reset(statement_);
    if (std::cmp_not_equal(::sqlite3_bind_parameter_count(statement_), values.size())) {
      return base::make_error(base::Code::Invalid, path_ + ": wrong number of parameters: " +
                                                       std::to_string(values.size()));
    }
    int index = 0;
    for (const Value& value : values) {
      const int code = std::visit(Binder{statement_, ++index}, value);
      if (code != SQLITE_OK) return error(code);
    }
    return {};
  }

  base::Result<bool> step() override {
    const int code = ::sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    base::Error failure = error(code);
    ::sqlite3_reset(statement_);
    return failure;
  }

  void reset() override { ::sqlite3_reset(statement_); }

  [[nodiscard]] base::Result<int64_t> integer(int index) const override {
    SRASTA_TRY(require(index, SQLITE_INTEGER));
    return int64_t{::sqlite3_column_int64(statement_, index)};
  }

  [[nodiscard]] base::Result<double> real(int index) const override {
    SRASTA_TRY(require(index, SQLITE_FLOAT));
    return ::sqlite3_column_double(statement_, index);
  }

  [[nodiscard]] base::Result<std::string_view> text(int index) const override {
    SRASTA_TRY(require(index, SQLITE_TEXT));
    const void* const bytes = ::sqlite3_column_text(statement_, index);
    if (bytes == nullptr) return error(SQLITE_NOMEM);
    const auto size = static_cast<size_t>(::sqlite3_column_bytes(statement_, index));
    return std::string_view(static_cast<const char*>(bytes), size);
  }

  [[nodiscard]] base::Result<Blob> blob(int index) const override {
    SRASTA_TRY(require(index, SQLITE_BLOB));
    const void* const bytes = ::sqlite3_column_blob(statement_, index);
    const auto size = static_cast<size_t>(::sqlite3_column_bytes(statement_, index));
    return Blob(static_cast<const std::byte*>(bytes), size);
  }

  [[nodiscard]] bool is_null(int index) const override {
    return ::sqlite3_column_type(statement_, index) == SQLITE_NULL;
  }

 private:
  [[nodiscard]] base::Error error(int code) const {
    return database_error(::sqlite3_db_handle(statement_), code, path_);
  }
  /// Without a row every column is NULL.
  [[nodiscard]] base::Result<void> require(int index, int type) const {
    if (::sqlite3_column_type(statement_, index) == type) return {};
    return base::make_error(base::Code::Invalid,
                            path_ + ": column " + std::to_string(index) + " has another type");
  }

  const std::string path_;
  sqlite3_stmt* const statement_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::string file, sqlite3* opened) : path_(std::move(file)), handle_(opened) {}
  ~SqliteDatabase() override { ::sqlite3_close_v2(handle_); }

  base::Result<std::unique_ptr<PreparedStatement>> prepare(std::string_view sql) override {
    if (std::cmp_greater(sql.size(), std::numeric_limits<int>::max())) {
      return base::make_error(base::Code::TooLarge, path_ + ": the statement is too long");
    }
    sqlite3_stmt* statement = nullptr;
    const int code = ::sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return database_error(handle_, code, path_);
    if (statement == nullptr) {
      return base::make_error(base::Code::Invalid, path_ + ": an empty statement");
    }
    return std::unique_ptr<PreparedStatement>(std::make_unique<SqliteStatement>(path_, statement));
  }

  base::Result<void> execute(const std::string& sql) override {
    const int code = ::sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return database_error(handle_, code, path_);
    return {};
  }

  base::Result<void> begin(Lock lock) override {
    return execute(lock == Lock::All ? "BEGIN EXCLUSIVE" : "BEGIN IMMEDIATE");
  }
  base::Result<void> commit() override { return execute("COMMIT"); }
  void rollback() override { (void)execute("ROLLBACK"); }
  base::Result<void> scrub() override { return execute("VACUUM"); }
  [[nodiscard]] int64_t changes() const override { return ::sqlite3_changes64(handle_); }

  base::Result<int64_t> version() override {
    SRASTA_TRY_ASSIGN(const auto statement, prepare("PRAGMA user_version"));
    SRASTA_TRY_ASSIGN(const bool any, statement->step());
    SRASTA_TRY_ASSIGN(const int64_t version, statement->integer(0));
    if (!any || version < 0) return damaged(path_, "no version");
    return version;
  }
  base::Result<void> set_version(int64_t version) override {
    return execute("PRAGMA user_version=" + std::to_string(version));
  }

 private:
  const std::string path_;
  sqlite3* const handle_;
};

}  // namespace

base::Result<std::unique_ptr<Database>> open_sqlite(const Settings& settings) {
  SRASTA_TRY_ASSIGN(sqlite3* const opened, open_sqlite_file(settings));
  std::unique_ptr<Database> database = std::make_unique<SqliteDatabase>(settings.path, opened);
  SRASTA_TRY_ASSIGN(const bool migrated, migrate(*database, settings.path, settings.migrations));
  if (!migrated) return database;
  base::PosixFileSystem files;
  const size_t slash = settings.path.rfind('/');
  SRASTA_TRY(files.sync_folder(slash == std::string::npos ? "." : settings.path.substr(0, slash)));
  return database;
}

}  // namespace srasta::sql
