// What every engine behind storage/sql.h does. Linked once for each.
#include "storage/sql.h"
#include "storage/test_database.h"

#include <algorithm>
#include <array>
#include <limits>

#include <gtest/gtest.h>

namespace srasta::sql {
namespace {

using base::Code;

constexpr std::string_view kTable =
    "CREATE TABLE item (name TEXT PRIMARY KEY, count INTEGER NOT NULL CHECK (count >= 0)) STRICT";

class SqlContract : public ::testing::Test {
 protected:
  [[nodiscard]] Connection opened(std::vector<std::string_view> migrations = {kTable}) const {
    auto connection = database_.open(std::move(migrations));
    EXPECT_TRUE(connection.ok()) << connection.error().message << connection.error().detail;
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

  TestDatabase database_;
};

TEST_F(SqlContract, CarriesEveryTypeUnchanged) {
  Connection connection = opened(
      {"CREATE TABLE every (i INTEGER, r REAL, t TEXT, b BLOB, n INTEGER, e TEXT, f BLOB) STRICT"});
  const std::array<std::byte, 3> bytes{std::byte{0}, std::byte{255}, std::byte{'\''}};
  Statement put = *connection.prepare("INSERT INTO every VALUES (?, ?, ?, ?, ?, ?, ?)");
  ASSERT_TRUE(put.run({std::numeric_limits<int64_t>::min(), 0.1, "a\xC3\xA9'?\"\\", Blob(bytes),
                       nullptr, std::string_view(), Blob()})
                  .ok());
  Statement statement = *connection.prepare("SELECT i, r, t, b, n, e, f FROM every");
  ASSERT_TRUE(*statement.step());
  EXPECT_EQ(*statement.integer(0), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(*statement.real(1), 0.1);
  EXPECT_EQ(*statement.text(2), "a\xC3\xA9'?\"\\");
  EXPECT_TRUE(std::ranges::equal(*statement.blob(3), bytes));
  EXPECT_TRUE(statement.is_null(4));
  EXPECT_EQ(*statement.text(5), "");
  EXPECT_FALSE(statement.is_null(5));
  EXPECT_TRUE(statement.blob(6)->empty());
  EXPECT_FALSE(statement.is_null(6));

  EXPECT_EQ(statement.text(0).error().code, Code::Invalid);
  EXPECT_EQ(statement.integer(4).error().code, Code::Invalid);
  EXPECT_EQ(statement.integer(99).error().code, Code::Invalid);
  EXPECT_EQ(statement.integer(-1).error().code, Code::Invalid);
  EXPECT_FALSE(*statement.step());
  EXPECT_EQ(statement.integer(0).error().code, Code::Invalid);
}

TEST_F(SqlContract, RefusesWhatAColumnDoesNotHold) {
  Connection connection = opened();
  EXPECT_FALSE(connection.execute("INSERT INTO item VALUES ('a', 'many')").ok());
  EXPECT_FALSE(connection.execute("INSERT INTO item VALUES ('a', NULL)").ok());
  EXPECT_EQ(rows(connection), 0);
}

TEST_F(SqlContract, RefusesTheWrongNumberOfParameters) {
  Connection connection = opened();
  Statement statement = *connection.prepare("INSERT INTO item VALUES (?, ?)");
  EXPECT_EQ(statement.run({"a"}).error().code, Code::Invalid);
  EXPECT_EQ(statement.run({"a", int64_t{1}, int64_t{2}}).error().code, Code::Invalid);
  EXPECT_TRUE(statement.run({"a", int64_t{1}}).ok());
}

TEST_F(SqlContract, RunsAStatementAgain) {
  Connection connection = opened();
  ASSERT_TRUE(insert(connection, "a", 1).ok());
  ASSERT_TRUE(insert(connection, "b", 2).ok());
  Statement statement = *connection.prepare("SELECT count FROM item WHERE name = ?");
  for (const auto& [name, count] : {std::pair("a", 1), std::pair("b", 2), std::pair("a", 1)}) {
    ASSERT_TRUE(statement.bind({name}).ok());
    ASSERT_TRUE(*statement.step());
    EXPECT_EQ(*statement.integer(0), count);
  }
  ASSERT_TRUE(statement.bind({"c"}).ok());
  EXPECT_FALSE(*statement.step());
}

TEST_F(SqlContract, CountsWhatTheLastStatementChanged) {
  Connection connection = opened();
  ASSERT_TRUE(insert(connection, "a", 1).ok());
  ASSERT_TRUE(insert(connection, "b", 1).ok());
  const Transaction transaction = *connection.begin();
  Statement statement = *connection.prepare("UPDATE item SET count = count + ?");
  ASSERT_TRUE(statement.run({int64_t{1}}).ok());
  EXPECT_EQ(connection.changes(), 2);
}

TEST_F(SqlContract, TellsTheKindOfFailure) {
  Connection connection = opened();
  ASSERT_TRUE(insert(connection, "a", 1).ok());
  EXPECT_EQ(insert(connection, "a", 2).error().code, Code::Conflict);
  EXPECT_EQ(insert(connection, "b", -1).error().code, Code::Conflict);
  EXPECT_EQ(connection.prepare("SELEKT").error().code, Code::Invalid);
  EXPECT_EQ(connection.prepare("SELECT nothing FROM item").error().code, Code::Invalid);
  EXPECT_EQ(connection.prepare("").error().code, Code::Invalid);
  EXPECT_EQ(connection.execute("SELEKT").error().code, Code::Invalid);
}

TEST_F(SqlContract, HoldsReferences) {
  Connection connection = opened(
      {kTable,
       "CREATE TABLE part (item TEXT NOT NULL REFERENCES item (name) ON DELETE CASCADE) STRICT"});
  EXPECT_EQ(connection.execute("INSERT INTO part VALUES ('a')").error().code, Code::Conflict);
  ASSERT_TRUE(insert(connection, "a", 1).ok());
  ASSERT_TRUE(connection.execute("INSERT INTO part VALUES ('a')").ok());
  ASSERT_TRUE(connection.execute("DELETE FROM item").ok());
  Statement left = *connection.prepare("SELECT count(*) FROM part");
  ASSERT_TRUE(*left.step());
  EXPECT_EQ(*left.integer(0), 0);
}

TEST_F(SqlContract, ATransactionIsAllOrNothing) {
  Connection connection = opened();
  {
    Transaction transaction = *connection.begin();
    ASSERT_TRUE(insert(connection, "a", 1).ok());
    EXPECT_EQ(rows(connection), 1);
  }
  EXPECT_EQ(rows(connection), 0);
  {
    Transaction transaction = *connection.begin();
    ASSERT_TRUE(insert(connection, "a", 1).ok());
    ASSERT_TRUE(insert(connection, "b", 1).ok());
    ASSERT_TRUE(transaction.commit().ok());
    EXPECT_EQ(transaction.commit().error().code, Code::Invalid);
  }
  Connection another = opened();
  EXPECT_EQ(rows(another), 2);
}

TEST_F(SqlContract, AStatementThatFailsLeavesItsTransactionAsItWas) {
  Connection connection = opened();
  Transaction transaction = *connection.begin();
  ASSERT_TRUE(insert(connection, "a", 1).ok());
  EXPECT_EQ(insert(connection, "a", 1).error().code, Code::Conflict);
  EXPECT_FALSE(connection.prepare("SELEKT").ok());
  ASSERT_TRUE(insert(connection, "b", 1).ok());
  ASSERT_TRUE(transaction.commit().ok());
  EXPECT_EQ(rows(connection), 2);
}

TEST_F(SqlContract, OthersSeeOnlyWhatIsCommitted) {
  Connection first = opened();
  Connection second = opened();
  Transaction transaction = *first.begin();
  ASSERT_TRUE(insert(first, "a", 1).ok());
  EXPECT_EQ(rows(second), 0);
  ASSERT_TRUE(transaction.commit().ok());
  EXPECT_EQ(rows(second), 1);
}

TEST_F(SqlContract, WritersComeOneAfterAnother) {
  Connection first = opened();
  Connection second = opened();
  {
    const Transaction transaction = *first.begin();
    EXPECT_EQ(second.begin().error().code, Code::Unavailable);
  }
  EXPECT_TRUE(second.begin().ok());
}

TEST_F(SqlContract, MigratesFromWhereItIs) {
  {
    const Connection old = opened();
  }
  constexpr std::string_view kColumn = "ALTER TABLE item ADD COLUMN more TEXT";
  {
    Connection connection = opened({kTable, kColumn});
    EXPECT_TRUE(connection.execute("INSERT INTO item VALUES ('a', 1, 'x')").ok());
  }
  const base::Error newer = database_.open({kTable}).error();
  EXPECT_EQ(newer.code, Code::Unsupported);
  EXPECT_NE(newer.message.find("newer release"), std::string::npos);
}

TEST_F(SqlContract, AMigrationThatFailsChangesNothing) {
  {
    const Connection old = opened();
  }
  constexpr std::string_view kBroken = "ALTER TABLE item ADD COLUMN more TEXT; SELEKT";
  EXPECT_FALSE(database_.open({kTable, kBroken}).ok());
  Connection connection = opened();
  EXPECT_TRUE(insert(connection, "a", 1).ok());
}

}  // namespace
}  // namespace srasta::sql
