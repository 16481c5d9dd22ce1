#include "storage/backup.h"

#include "base/file.h"
#include "storage/sql.h"

#include <filesystem>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace srasta::sql {
namespace {

constexpr std::string_view kTable = "CREATE TABLE item (name TEXT PRIMARY KEY) STRICT";

class Backup : public ::testing::TestWithParam<Deletion> {
 protected:
  void SetUp() override {
    std::string folder = ::testing::TempDir() + "srasta-backup-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return folder_ + "/test.db"; }
  [[nodiscard]] std::string copy() const { return folder_ + "/copy.db"; }
  [[nodiscard]] Connection opened() const {
    auto connection = Connection::open({.path = path(),
                                        .migrations = {kTable},
                                        .busy_timeout = base::Millis(0),
                                        .deletion = GetParam()});
    EXPECT_TRUE(connection.ok()) << connection.error().message;
    return *std::move(connection);
  }
  static base::Result<void> insert(Connection& connection, const std::string& name) {
    return connection.execute("INSERT INTO item VALUES ('" + name + "')");
  }

  std::string folder_;
};

INSTANTIATE_TEST_SUITE_P(Deletions, Backup, ::testing::Values(Deletion::Lazy, Deletion::Erasing));

TEST_P(Backup, IsWhatWasThereWhenTheSnapshotWasTaken) {
  Connection connection = opened();
  ASSERT_TRUE(insert(connection, "before").ok());
  {
    Source source = *Source::open(path());
    ASSERT_TRUE(source.hold().ok());
    EXPECT_EQ(insert(connection, "held").error().code, base::Code::Unavailable);
    ASSERT_TRUE(source.take_snapshot().ok());
    source.release();
    // A rollback journal has no room for both: there the writer waits for the copy.
    EXPECT_EQ(insert(connection, "after").ok(), GetParam() == Deletion::Lazy);
    ASSERT_TRUE(source.copy_to(copy()).ok());
  }
  const auto shape = inspect(copy());
  ASSERT_TRUE(shape.ok()) << shape.error().message;
  EXPECT_EQ(shape->version, 1);
  EXPECT_EQ(shape->rows, (std::map<std::string, int64_t>{{"item", 1}}));
  struct stat status{};
  ASSERT_EQ(::stat(copy().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_TRUE(insert(connection, "later").ok());
}

TEST_P(Backup, LetsWritersOnWhenTheHolderIsGone) {
  Connection connection = opened();
  {
    Source source = *Source::open(path());
    ASSERT_TRUE(source.hold().ok());
    EXPECT_FALSE(insert(connection, "held").ok());
  }
  EXPECT_TRUE(insert(connection, "after").ok());
}

TEST_P(Backup, OverwritesNothing) {
  Connection connection = opened();
  Source source = *Source::open(path());
  ASSERT_TRUE(source.take_snapshot().ok());
  ASSERT_TRUE(source.copy_to(copy()).ok());
  EXPECT_FALSE(source.copy_to(copy()).ok());
}

TEST_P(Backup, OfNothingIsNotFound) {
  EXPECT_EQ(Source::open(path()).error().code, base::Code::NotFound);
  EXPECT_EQ(inspect(path()).error().code, base::Code::NotFound);
}

TEST_P(Backup, OfADamagedDatabaseIsFoundDamaged) {
  {
    Connection connection = opened();
    for (int i = 0; i < 2'000; ++i) ASSERT_TRUE(insert(connection, std::to_string(i)).ok());
  }
  base::PosixFileSystem files;
  std::string bytes = *base::read_file(files, path(), 1 << 30);
  for (size_t at = 8'192; at < 12'288; ++at) bytes[at] = static_cast<char>(at * 7);
  ASSERT_TRUE(files.remove(path()).ok());
  ASSERT_TRUE((*files.open(path(), base::OpenMode::CreateNew))->append(bytes).ok());
  Source source = *Source::open(path());
  ASSERT_TRUE(source.take_snapshot().ok());
  ASSERT_TRUE(source.copy_to(copy()).ok());
  EXPECT_EQ(inspect(copy()).error().code, base::Code::Corrupt);
  EXPECT_EQ(*base::read_file(files, path(), 1 << 30), bytes);
}

}  // namespace
}  // namespace srasta::sql
