#include "storage/postgres_dialect.h"

#include <gtest/gtest.h>

namespace srasta::sql {
namespace {

TEST(ToPostgres, NumbersParameters) {
  EXPECT_EQ(to_postgres("SELECT a FROM t WHERE b = ? AND c IN (?, ?)"),
            "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)");
  EXPECT_EQ(to_postgres("SELECT a FROM t WHERE b > ?1 OR c=?12 OR d=?1"),
            "SELECT a FROM t WHERE b > $1 OR c=$12 OR d=$1");
}

TEST(ToPostgres, TranslatesTypesAndDropsOptionsOfTables) {
  EXPECT_EQ(
      to_postgres("CREATE TABLE t (a INTEGER, b REAL, c BLOB, d TEXT) STRICT, WITHOUT ROWID;"),
      "CREATE TABLE t (a BIGINT, b DOUBLE PRECISION, c BYTEA, d TEXT);");
  EXPECT_EQ(to_postgres("CREATE TABLE t (a TEXT) STRICT;\n"), "CREATE TABLE t (a TEXT);\n");
}

TEST(ToPostgres, LeavesNamesLiteralsAndCommentsAlone) {
  for (const char* sql :
       {"SELECT 'INTEGER ?'", "SELECT \"BLOB\"", "-- INTEGER ?\nSELECT a", "/* ? BLOB */ SELECT a",
        "SELECT INTEGERS, BLOB_, _REAL", "SELECT 'it''s ?'", "SELECT '", "-- ?", "/* ?"}) {
    EXPECT_EQ(to_postgres(sql), sql);
  }
}

}  // namespace
}  // namespace srasta::sql
