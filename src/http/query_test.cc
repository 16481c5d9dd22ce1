#include "http/query.h"

#include <gtest/gtest.h>

namespace srasta::http {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(Query, IsDecodedInOrder) {
  EXPECT_EQ(parse_query(""), Pairs{});
  EXPECT_EQ(parse_query("b=1&a=x%20y+z&c="), (Pairs{{"b", "1"}, {"a", "x y z"}, {"c", ""}}));
  EXPECT_EQ(parse_query("a=b=c"), (Pairs{{"a", "b=c"}}));
}

TEST(Query, IsRefusedWhenMalformedOrAmbiguous) {
  for (const char* wrong : {"a", "a=%", "a=%4", "a=%zz", "%=1", "a=1&a=2", "a=1&%61=2", "&"}) {
    EXPECT_EQ(parse_query(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace srasta::http
