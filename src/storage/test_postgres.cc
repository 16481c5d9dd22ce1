// Runs the contract's tests against a server: PROGRAM CONNINFO [options of gtest].
#include "storage/postgres.h"
#include "storage/test_database.h"

#include <atomic>
#include <cstdio>
#include <string>

#include <gtest/gtest.h>

namespace srasta::sql {
namespace {

std::string& conninfo() {
  static std::string text;
  return text;
}

}  // namespace

struct TestDatabase::Impl {
  std::string schema;
};

TestDatabase::TestDatabase() : impl_(std::make_unique<Impl>()) {
  static std::atomic<unsigned> made = 0;
  impl_->schema = "test_" + std::to_string(++made);
}

/// The server is gone with the tests.
TestDatabase::~TestDatabase() = default;

base::Result<Connection> TestDatabase::open(std::vector<std::string_view> migrations) const {
  return open_postgres({.conninfo = conninfo(),
                        .schema = impl_->schema,
                        .migrations = std::move(migrations),
                        .busy_timeout = base::Millis(1)});
}

}  // namespace srasta::sql

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc != 2) {
    std::fputs("usage: PROGRAM CONNINFO\n", stderr);
    return 2;
  }
  srasta::sql::conninfo() = argv[1];
  return RUN_ALL_TESTS();
}
