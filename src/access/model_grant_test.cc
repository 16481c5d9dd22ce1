#include "access/model_grant.h"

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

TEST(MatchesPattern, ComparesBytesAndLetsTheStarStandForAny) {
  EXPECT_TRUE(matches_pattern("general", "general"));
  EXPECT_FALSE(matches_pattern("general", "General"));
  EXPECT_FALSE(matches_pattern("general", "general-2"));
  EXPECT_TRUE(matches_pattern("qwen3-*", "qwen3-"));
  EXPECT_TRUE(matches_pattern("qwen3-*", "qwen3-coder"));
  EXPECT_FALSE(matches_pattern("qwen3-*", "qwen3"));
  EXPECT_TRUE(matches_pattern("*", ""));
  EXPECT_TRUE(matches_pattern("a*b*c", "a1b2b3c"));
  EXPECT_FALSE(matches_pattern("a*b*c", "a1b2b3"));
  EXPECT_FALSE(matches_pattern("", "x"));
}

TEST(MatchesPattern, StaysLinearWhereBacktrackingWouldExplode) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "a*";
  EXPECT_FALSE(matches_pattern(pattern + "b", std::string(200, 'a')));
}

TEST(ModelGrant, NeedsEveryLayer) {
  ModelGrant grant;
  EXPECT_TRUE(grant.allows("anything"));
  grant.narrow({"general", "qwen3-*"});
  EXPECT_TRUE(grant.allows("qwen3-coder"));
  EXPECT_FALSE(grant.allows("fast"));
  grant.narrow({"general"});
  EXPECT_TRUE(grant.allows("general"));
  EXPECT_FALSE(grant.allows("qwen3-coder"));
  grant.narrow({});
  EXPECT_FALSE(grant.allows("general"));
}

}  // namespace
}  // namespace srasta::access
