#include "storage/sqlite_open.h"

#include "base/descriptor.h"
#include "base/file.h"
#include "storage/sqlite_error.h"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <sqlite3.h>
#include <sys/stat.h>

namespace srasta::sql {
namespace {

constexpr mode_t kOwnerOnly = 0600;

struct Closer {
  void operator()(sqlite3* database) const { ::sqlite3_close_v2(database); }
};

/// The engine gives its log and index files the mode of the database. An existing file is not
/// opened here: closing it would release the locks that another connection of this process holds.
base::Result<void> own_file(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode)) {
      return base::make_error(base::Code::Invalid, path + " is not a regular file");
    }
    if ((status.st_mode & 0777) != kOwnerOnly && ::chmod(path.c_str(), kOwnerOnly) != 0) {
      return base::errno_error("chmod " + path, errno);
    }
    return {};
  }
  const base::Descriptor file(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
  if (!file.open()) return base::errno_error("create " + path, errno);
  return {};
}

base::Result<std::string> ask(sqlite3* database, const char* sql, std::string_view path) {
  sqlite3_stmt* statement = nullptr;
  int code = ::sqlite3_prepare_v2(database, sql, -1, &statement, nullptr);
  std::string answer;
  if (code == SQLITE_OK) {
    code = ::sqlite3_step(statement);
    const void* const text = code == SQLITE_ROW ? ::sqlite3_column_text(statement, 0) : nullptr;
    if (text != nullptr) answer = static_cast<const char*>(text);
  }
  ::sqlite3_finalize(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) return database_error(database, code, path);
  return answer;
}

base::Result<void> use_log(sqlite3* database, std::string_view path) {
  SRASTA_TRY_ASSIGN(const std::string mode, ask(database, "PRAGMA journal_mode=WAL", path));
  if (mode != "wal") {
    return base::make_error(base::Code::Unsupported,
                            std::string(path) +
                                ": the file system has no shared memory for the "
                                "write-ahead log; put the data on a local disk");
  }
  SRASTA_TRY_ASSIGN(const std::string answer, ask(database, "PRAGMA synchronous=FULL", path));
  return {};
}

/// A write-ahead log keeps old pages until it is cut, which a crash or a reader can put off. The
/// rollback journal with the old page is removed by the commit itself; EXTRA makes that durable, or
/// a power cut could bring it back. Temporary files lie elsewhere and are nobody's to clean.
base::Result<void> use_journal(sqlite3* database, std::string_view path) {
  SRASTA_TRY_ASSIGN(const std::string mode, ask(database, "PRAGMA journal_mode=DELETE", path));
  SRASTA_TRY_ASSIGN(const std::string secure, ask(database, "PRAGMA secure_delete=ON", path));
  if (mode != "delete" || secure != "1") {
    return base::make_error(base::Code::Unsupported,
                            std::string(path) + ": this SQLite cannot erase what is deleted");
  }
  for (const char* const pragma : {"PRAGMA synchronous=EXTRA", "PRAGMA temp_store=MEMORY"}) {
    SRASTA_TRY_ASSIGN(const std::string answer, ask(database, pragma, path));
  }
  return {};
}

base::Result<void> set_up(sqlite3* database, const Settings& settings) {
  const std::string& path = settings.path;
  const bool erasing = settings.deletion == Deletion::Erasing;
  SRASTA_TRY(erasing ? use_journal(database, path) : use_log(database, path));
  for (const char* const pragma : {"PRAGMA foreign_keys=ON", "PRAGMA trusted_schema=OFF"}) {
    SRASTA_TRY_ASSIGN(const std::string answer, ask(database, pragma, path));
  }
  return {};
}

}  // namespace

base::Result<sqlite3*> open_sqlite_file(const Settings& settings) {
  const std::string& path = settings.path;
  SRASTA_TRY(own_file(path));
  sqlite3* opened = nullptr;
  const int code = ::sqlite3_open_v2(path.c_str(), &opened,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<sqlite3, Closer> database(opened);
  if (code != SQLITE_OK) return database_error(opened, code, path);
  ::sqlite3_extended_result_codes(opened, 1);
  ::sqlite3_busy_timeout(opened, static_cast<int>(settings.busy_timeout.count()));
  // Closing a damaged database must not write its log into it.
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  SRASTA_TRY_ASSIGN(const std::string verdict, ask(opened, "PRAGMA quick_check(1)", path));
  if (verdict != "ok") return damaged(path, verdict);
  SRASTA_TRY(set_up(opened, settings));
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  ::sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return database.release();
}

}  // namespace srasta::sql
