#include "storage/sqlite_error.h"

#include <sqlite3.h>
#include <string>

namespace srasta::sql {
namespace {

base::Code code_of(int code) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return base::Code::Unavailable;
    case SQLITE_IOERR:
      return base::Code::Io;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return base::Code::Corrupt;
    case SQLITE_CONSTRAINT:
      return base::Code::Conflict;
    case SQLITE_TOOBIG:
      return base::Code::TooLarge;
    default:
      return base::Code::Invalid;
  }
}

}  // namespace

base::Error database_error(sqlite3* database, int code, std::string_view path) {
  const char* const reason =
      database != nullptr ? ::sqlite3_errmsg(database) : ::sqlite3_errstr(code);
  if (code_of(code) == base::Code::Corrupt) return damaged(path, reason);
  std::string message(path);
  message += ": ";
  message += reason;
  return base::make_error(code_of(code), std::move(message), "sqlite code " + std::to_string(code));
}

base::Error damaged(std::string_view path, std::string_view reason) {
  std::string message(path);
  message += " is damaged or not a database (";
  message += reason;
  message +=
      "). It was left as it is. Restore it from a backup (srasta backup restore SET --identity "
      "FILE), or move it away together with its -wal and -shm files to begin with an empty one";
  return base::make_error(base::Code::Corrupt, std::move(message));
}

}  // namespace srasta::sql
