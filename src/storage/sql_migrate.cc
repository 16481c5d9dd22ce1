#include "storage/sql_engine.h"

namespace srasta::sql {
namespace {

/// With the transaction that is open. Another process may have been faster.
base::Result<void> take_step(Database& database, std::string_view migration, int64_t version) {
  SRASTA_TRY_ASSIGN(const int64_t reached, database.version());
  if (reached < version) {
    SRASTA_TRY(database.execute(std::string(migration)));
    SRASTA_TRY(database.set_version(version));
  }
  return database.commit();
}

}  // namespace

base::Result<bool> migrate(Database& database, std::string_view name,
                           std::span<const std::string_view> migrations) {
  SRASTA_TRY_ASSIGN(const int64_t version, database.version());
  const auto newest = static_cast<int64_t>(migrations.size());
  if (version > newest) {
    return base::make_error(base::Code::Unsupported,
                            std::string(name) + " was written by a newer release (version " +
                                std::to_string(version) + ", this one knows " +
                                std::to_string(newest) + "): start that release");
  }
  for (int64_t next = version; next < newest; ++next) {
    SRASTA_TRY(database.begin(Lock::Writing));
    if (auto taken = take_step(database, migrations[static_cast<size_t>(next)], next + 1); !taken) {
      database.rollback();
      return taken.error();
    }
  }
  return version != newest;
}

}  // namespace srasta::sql
