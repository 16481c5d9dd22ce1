#include "tools/cursor.h"

#include <gtest/gtest.h>

namespace srasta::tools {
namespace {

TEST(Cursors, AreGoodForWhomTheyWereMadeOnly) {
  const Cursors cursors(base::Secret("one key"));
  const std::string cursor = cursors.make("alice main", "src/a.cc");
  EXPECT_EQ(cursors.read("alice main", cursor), "src/a.cc");
  EXPECT_FALSE(cursors.read("bob main", cursor));
  EXPECT_FALSE(cursors.read("alice mainsrc", cursors.make("alice main", "src/x")));
  EXPECT_FALSE(Cursors(base::Secret("another key")).read("alice main", cursor));
  for (const char* text : {"", "x", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAA"}) {
    EXPECT_FALSE(cursors.read("alice main", text)) << text;
  }
}

}  // namespace
}  // namespace srasta::tools
