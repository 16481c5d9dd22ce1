#include "storage/sql.h"

#include "base/file.h"

#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::sql {
namespace {

constexpr std::string_view kTable =
    "CREATE TABLE item (name TEXT PRIMARY KEY, count INTEGER NOT NULL CHECK (count >= 0)) STRICT";

class Sql : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = ::testing::TempDir() + "srasta-sql-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    path_ = folder + "/test.db";
  }
  void TearDown() override {
    std::filesystem::remove_all(std::filesystem::path(path_).parent_path());
  }

  [[nodiscard]] Settings settings(std::vector<std::string_view> migrations = {kTable}) const {
    return {.path = path_, .migrations = std::move(migrations), .busy_timeout = base::Millis(0)};
  }
  [[nodiscard]] Connection opened() const {
    auto connection = Connection::open(settings());
    EXPECT_TRUE(connection.ok()) << connection.error().message;
    return *std::move(connection);
  }
  static base::Result<void> insert(Connection& connection, std::string_view name, int64_t count) {
    SRASTA_TRY_ASSIGN(Statement statement, connection.prepare("INSERT INTO item VALUES (?, ?)"));
    return statement.run({name, count});
  }
  static int64_t rows(Connection& connection) {
    Statement statement = *connection.prepare("SELECT count(*) FROM item");
    EXPECT_TRUE(*statement.step());
    return *statement.integer(0);
  }
  [[nodiscard]] std::string content() const {
    base::PosixFileSystem files;
    return *base::read_file(files, path_, 1 << 30);
  }
  void put(std::string_view content) const {
    base::PosixFileSystem files;
    (void)files.remove(path_);
    auto file = files.open(path_, base::OpenMode::CreateNew);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->append(content).ok());
  }
  [[nodiscard]] mode_t mode(const std::string& path) const {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777;
  }

  std::string path_;
};

TEST_F(Sql, KeepsWhatWasCommitted) {
  {
    Connection connection = opened();
    ASSERT_TRUE(insert(connection, "a", 7).ok());
    EXPECT_EQ(connection.changes(), 1);
  }
  Connection connection = opened();
  Statement statement = *connection.prepare("SELECT name, count FROM item WHERE name = ?");
  ASSERT_TRUE(statement.bind({"a"}).ok());
  ASSERT_TRUE(*statement.step());
  EXPECT_EQ(*statement.text(0), "a");
  EXPECT_EQ(*statement.integer(1), 7);
  EXPECT_FALSE(*statement.step());
}

TEST_F(Sql, LeavesNoBytesOfWhatWasErasedInAnyFile) {
  Settings erasing = settings();
  erasing.deletion = Deletion::Erasing;
  Connection connection = *Connection::open(erasing);
  const std::string secret = "a-name-to-be-forgotten-0123456789";
  // Rows before and after it split its page several times, which may leave copies behind.
  for (int batch = 0; batch < 20; ++batch) {
    auto filling = connection.begin();
    if (batch == 5) ASSERT_TRUE(insert(connection, secret, 1).ok());
    for (int row = 100 * batch; row < 100 * (batch + 1); ++row) {
      const std::string name = "a-name-" + std::to_string(row * 7919 % 2'000) + "-to-stay-there";
      ASSERT_TRUE(insert(connection, name, row).ok());
    }
    ASSERT_TRUE(filling->commit().ok());
  }
  ASSERT_NE(content().find(secret), std::string::npos);

  auto transaction = connection.begin(Lock::All);
  ASSERT_TRUE(transaction.ok());
  Statement erase = *connection.prepare("DELETE FROM item WHERE name = ?");
  ASSERT_TRUE(erase.run({secret}).ok());
  ASSERT_TRUE(transaction->commit().ok());
  ASSERT_TRUE(connection.scrub().ok());

  const auto folder = std::filesystem::path(path_).parent_path();
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    EXPECT_EQ(file.path(), path_) << "no journal stays";
  }
  EXPECT_EQ(content().find(secret), std::string::npos);
  EXPECT_EQ(rows(connection), 2'000);
}

TEST_F(Sql, LetsNobodyReadUnderALockOfAll) {
  Settings erasing = settings();
  erasing.deletion = Deletion::Erasing;
  Connection connection = *Connection::open(erasing);
  Connection other = *Connection::open(erasing);
  Statement reading = *other.prepare("SELECT count(*) FROM item");
  auto transaction = connection.begin(Lock::All);
  ASSERT_TRUE(transaction.ok());

  EXPECT_EQ(reading.step().error().code, base::Code::Unavailable);

  ASSERT_TRUE(transaction->commit().ok());
  EXPECT_TRUE(reading.step().ok());
}

TEST_F(Sql, OpensForTheOwnerOnlyWithAFullyDurableLog) {
  put("");
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  Connection connection = opened();
  ASSERT_TRUE(insert(connection, "a", 1).ok());
  for (const char* const suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode(path_ + suffix), 0600U);

  const auto ask = [&connection](std::string_view pragma) {
    Statement statement = *connection.prepare(pragma);
    EXPECT_TRUE(*statement.step());
    return *statement.integer(0);
  };
  EXPECT_EQ(ask("PRAGMA synchronous"), 2);
  EXPECT_EQ(ask("PRAGMA foreign_keys"), 1);
}

TEST_F(Sql, NamesTheFile) {
  Connection connection = opened();
  ASSERT_TRUE(insert(connection, "a", 1).ok());
  const base::Error twice = insert(connection, "a", 2).error();
  EXPECT_TRUE(twice.message.starts_with(path_)) << twice.message;
  EXPECT_EQ(connection.execute("SELECT zeroblob(2000000000)").error().code, base::Code::TooLarge);
}

TEST_F(Sql, LeavesAFileThatIsNoDatabaseAsItIs) {
  const std::string garbage(8'192, 'x');
  put(garbage);
  const base::Error error = Connection::open(settings()).error();
  EXPECT_EQ(error.code, base::Code::Corrupt);
  EXPECT_TRUE(error.message.starts_with(path_)) << error.message;
  EXPECT_NE(error.message.find("backup"), std::string::npos);
  EXPECT_EQ(content(), garbage);
}

TEST_F(Sql, LeavesADamagedDatabaseAsItIs) {
  {
    Connection connection = opened();
    for (int i = 0; i < 2'000; ++i) {
      ASSERT_TRUE(
          connection.execute("INSERT INTO item VALUES (" + std::to_string(i) + ", 1)").ok());
    }
  }
  std::string bytes = content();
  ASSERT_GT(bytes.size(), 20'000U);
  for (size_t at = 8'192; at < 12'288; ++at) bytes[at] = static_cast<char>(at * 7);
  put(bytes);

  EXPECT_EQ(Connection::open(settings()).error().code, base::Code::Corrupt);
  EXPECT_EQ(content(), bytes);
}

TEST_F(Sql, RefusesAnythingButARegularFile) {
  ASSERT_EQ(::symlink("/etc/passwd", path_.c_str()), 0);
  EXPECT_EQ(Connection::open(settings()).error().code, base::Code::Invalid);
  Settings nowhere = settings();
  nowhere.path = path_ + "/missing/test.db";
  EXPECT_FALSE(Connection::open(nowhere).ok());
}

}  // namespace
}  // namespace srasta::sql
