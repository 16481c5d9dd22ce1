#pragma once

#include "storage/sql.h"

#include <memory>
#include <string_view>
#include <vector>

namespace srasta::sql {

/// A database of one test, empty at first and gone with this object, of the engine that the
/// program is linked for: a file (test_sqlite.cc) or a schema of a server (test_postgres.cc).
class TestDatabase {
 public:
  TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;
  ~TestDatabase();

  /// Another connection to it, which waits for no other one's lock.
  [[nodiscard]] base::Result<Connection> open(std::vector<std::string_view> migrations) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace srasta::sql
