#include "storage/test_database.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace srasta::sql {

struct TestDatabase::Impl {
  std::string folder;
};

TestDatabase::TestDatabase() : impl_(std::make_unique<Impl>()) {
  impl_->folder = testing::TempDir() + "/srasta-sql-XXXXXX";
  if (::mkdtemp(impl_->folder.data()) == nullptr) ADD_FAILURE() << "no folder";
}

TestDatabase::~TestDatabase() {
  std::filesystem::remove_all(impl_->folder);
}

base::Result<Connection> TestDatabase::open(std::vector<std::string_view> migrations) const {
  return Connection::open({.path = impl_->folder + "/test.db",
                           .migrations = std::move(migrations),
                           .busy_timeout = base::Millis(0)});
}

}  // namespace srasta::sql
