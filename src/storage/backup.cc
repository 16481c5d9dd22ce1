#include "storage/backup.h"

#include "base/descriptor.h"
#include "storage/sqlite_error.h"

#include <cerrno>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

namespace srasta::sql {
namespace {

struct Closer {
  void operator()(sqlite3* database) const { ::sqlite3_close_v2(database); }
};
using Handle = std::unique_ptr<sqlite3, Closer>;

struct Finalizer {
  void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, Finalizer>;

base::Result<void> check_present(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    base::Error error = base::errno_error("look at " + path, errno);
    if (errno == ENOENT) error.code = base::Code::NotFound;
    return error;
  }
  if (S_ISREG(status.st_mode)) return {};
  return base::make_error(base::Code::Invalid, path + " is not a regular file");
}

base::Result<Handle> open_handle(const std::string& path, base::Millis busy_timeout) {
  sqlite3* opened = nullptr;
  const int code = ::sqlite3_open_v2(path.c_str(), &opened,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(opened);
  if (code != SQLITE_OK) return database_error(opened, code, path);
  ::sqlite3_extended_result_codes(opened, 1);
  ::sqlite3_busy_timeout(opened, static_cast<int>(busy_timeout.count()));
  // The last one to close a database would write its log into it.
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return handle;
}

base::Result<void> execute(sqlite3* database, const char* sql, const std::string& path) {
  const int code = ::sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return database_error(database, code, path);
  return {};
}

base::Result<Prepared> prepare(sqlite3* database, const std::string& sql, const std::string& path) {
  sqlite3_stmt* statement = nullptr;
  const int code = ::sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr);
  if (code != SQLITE_OK) return database_error(database, code, path);
  return Prepared(statement);
}

std::string text_in(sqlite3_stmt* statement) {
  const void* const text = ::sqlite3_column_text(statement, 0);
  return text == nullptr ? std::string() : std::string(static_cast<const char*>(text));
}

base::Result<int64_t> ask_number(sqlite3* database, const std::string& sql,
                                 const std::string& path) {
  SRASTA_TRY_ASSIGN(const Prepared statement, prepare(database, sql, path));
  const int code = ::sqlite3_step(statement.get());
  if (code != SQLITE_ROW) return database_error(database, code, path);
  return int64_t{::sqlite3_column_int64(statement.get(), 0)};
}

base::Result<void> check_integrity(sqlite3* database, const std::string& path) {
  SRASTA_TRY_ASSIGN(const Prepared statement, prepare(database, "PRAGMA integrity_check(1)", path));
  const int code = ::sqlite3_step(statement.get());
  if (code != SQLITE_ROW) return database_error(database, code, path);
  const std::string verdict = text_in(statement.get());
  if (verdict != "ok") return damaged(path, verdict);
  return {};
}

base::Result<std::map<std::string, int64_t>> count_rows(sqlite3* database,
                                                        const std::string& path) {
  SRASTA_TRY_ASSIGN(const Prepared tables,
                    prepare(database,
                            "SELECT name FROM sqlite_schema WHERE type = 'table' "
                            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                            path));
  std::map<std::string, int64_t> rows;
  int code = SQLITE_ROW;
  while ((code = ::sqlite3_step(tables.get())) == SQLITE_ROW) {
    const std::string name = text_in(tables.get());
    std::string quoted;
    for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
    SRASTA_TRY_ASSIGN(rows[name],
                      ask_number(database, "SELECT count(*) FROM \"" + quoted + "\"", path));
  }
  if (code != SQLITE_DONE) return database_error(database, code, path);
  return rows;
}

}  // namespace

struct Source::Impl {
  std::string path;
  Handle writer;  // holds others back
  Handle reader;  // sees the snapshot
  bool holding = false;
};

Source::Source(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Source::Source(Source&&) noexcept = default;
Source& Source::operator=(Source&&) noexcept = default;
Source::~Source() = default;

base::Result<Source> Source::open(const std::string& path, base::Millis busy_timeout) {
  SRASTA_TRY(check_present(path));
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  SRASTA_TRY_ASSIGN(impl->writer, open_handle(path, busy_timeout));
  SRASTA_TRY_ASSIGN(impl->reader, open_handle(path, busy_timeout));
  return Source(std::move(impl));
}

base::Result<void> Source::hold() {
  SRASTA_TRY(execute(impl_->writer.get(), "BEGIN IMMEDIATE", impl_->path));
  impl_->holding = true;
  return {};
}

base::Result<void> Source::take_snapshot() {
  SRASTA_TRY(execute(impl_->reader.get(), "BEGIN", impl_->path));
  // The snapshot is that of the first read.
  SRASTA_TRY_ASSIGN(
      [[maybe_unused]] const int64_t tables,
      ask_number(impl_->reader.get(), "SELECT count(*) FROM sqlite_schema", impl_->path));
  return {};
}

void Source::release() {
  if (!impl_->holding) return;
  (void)execute(impl_->writer.get(), "ROLLBACK", impl_->path);
  impl_->holding = false;
}

base::Result<void> Source::copy_to(const std::string& path) {
  {
    const base::Descriptor made(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!made.open()) return base::errno_error("create " + path, errno);
  }
  SRASTA_TRY_ASSIGN(const Handle copy, open_handle(path, base::Millis(0)));
  sqlite3_backup* const backup =
      ::sqlite3_backup_init(copy.get(), "main", impl_->reader.get(), "main");
  if (backup == nullptr) {
    return database_error(copy.get(), ::sqlite3_extended_errcode(copy.get()), path);
  }
  const int stepped = ::sqlite3_backup_step(backup, -1);
  const int finished = ::sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE && finished == SQLITE_OK) {
    return database_error(nullptr, stepped, impl_->path);
  }
  if (finished != SQLITE_OK) return database_error(copy.get(), finished, impl_->path);
  return {};
}

base::Result<Shape> inspect(const std::string& path) {
  SRASTA_TRY(check_present(path));
  SRASTA_TRY_ASSIGN(const Handle database, open_handle(path, base::Millis(0)));
  SRASTA_TRY(check_integrity(database.get(), path));
  Shape shape;
  SRASTA_TRY_ASSIGN(shape.version, ask_number(database.get(), "PRAGMA user_version", path));
  SRASTA_TRY_ASSIGN(shape.rows, count_rows(database.get(), path));
  return shape;
}

}  // namespace srasta::sql
