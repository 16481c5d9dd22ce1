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

TEST(ModelGrant, LetsNothingOutsideWithoutAPatternThatSaysSo) {
  ModelGrant grant;
  EXPECT_FALSE(grant.allows_hosted("claude-x"));
  grant.narrow({"*", "hosted:claude-*"});
  EXPECT_TRUE(grant.allows_hosted("claude-x"));
  EXPECT_FALSE(grant.allows_hosted("gpt-9"));
  EXPECT_TRUE(grant.allows("claude-x"));
  grant.narrow({"*"});
  EXPECT_FALSE(grant.allows_hosted("claude-x"));
}

TEST(ModelGrant, OfSomethingHostedAllowsNothingInside) {
  ModelGrant grant;
  grant.narrow({"hosted:*"});
  EXPECT_FALSE(grant.allows("general"));
  EXPECT_TRUE(
      grant.allows({.asked = "coding", .name = "coding", .model = "claude-x", .hosted = true}));
  EXPECT_FALSE(
      grant.allows({.asked = "coding", .name = "coding", .model = "qwen", .hosted = false}));
}

TEST(ModelGrant, OfSomethingHostedNamesTheAliasOrTheModel) {
  ModelGrant grant;
  grant.narrow({"coding", "hosted:claude-x"});
  EXPECT_TRUE(
      grant.allows({.asked = "coding", .name = "coding", .model = "claude-x", .hosted = true}));
  EXPECT_FALSE(
      grant.allows({.asked = "coding", .name = "coding", .model = "gpt-9", .hosted = true}));
}

TEST(ModelGrant, OfAFallbackDoesNotWidenTheRightToWhatWasAskedFor) {
  ModelGrant grant;
  grant.narrow({"general"});
  EXPECT_FALSE(grant.allows({.asked = "coding", .name = "general", .model = "m"}));
  grant = ModelGrant();
  grant.narrow({"coding"});
  EXPECT_FALSE(grant.allows({.asked = "coding", .name = "general", .model = "m"}));
  EXPECT_TRUE(grant.allows({.asked = "coding", .name = "coding", .model = "m"}));
}

}  // namespace
}  // namespace srasta::access
