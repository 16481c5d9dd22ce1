#include "policy/glob.h"

#include <gtest/gtest.h>

namespace srasta::policy {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const auto glob = Glob::parse(pattern);
  EXPECT_TRUE(glob) << pattern;
  return glob && glob->matches(text);
}

bool overlap(std::string_view a, std::string_view b) {
  return Glob::parse(a)->may_overlap(*Glob::parse(b));
}

TEST(Glob, MatchesBySegments) {
  EXPECT_TRUE(matches("src/**", "src/a.cc"));
  EXPECT_TRUE(matches("src/**", "src/x/y/a.cc"));
  EXPECT_FALSE(matches("src/**", "src"));
  EXPECT_FALSE(matches("src/**", "srcX/a.cc"));
  EXPECT_TRUE(matches("**/.env", ".env"));
  EXPECT_TRUE(matches("**/.env", "a/b/.env"));
  EXPECT_FALSE(matches("**/.env", "a/.env/b"));
  EXPECT_TRUE(matches("**/.git/**", "a/.git/hooks/x"));
  EXPECT_TRUE(matches("**/.env.*", "src/.env.local"));
  EXPECT_TRUE(matches("**/id_rsa*", "~/.ssh/id_rsa"));
  EXPECT_FALSE(matches("*", "a/b"));
  EXPECT_TRUE(matches("a*c*e", "abcde"));
  EXPECT_FALSE(matches("a*c*e", "abde"));
  EXPECT_TRUE(matches("src/**/*.{cc,h}", "src/a.h"));
  EXPECT_TRUE(matches("src/**/*.{cc,h}", "src/x/y.cc"));
  EXPECT_FALSE(matches("src/**/*.{cc,h}", "src/x/y.md"));
  EXPECT_TRUE(matches("a/**/b/**/c", "a/x/b/y/b/z/c"));
}

TEST(Glob, TakesNothingElse) {
  for (const char* text : {"", "/a", "a/", "a//b", "../a", "a/./b", "a**", "**a/b", "a\\b", "a?",
                           "[ab]", "{a", "a}", "{a,{b,c}}", "{a/b,c}"}) {
    EXPECT_FALSE(Glob::parse(text)) << text;
  }
  EXPECT_FALSE(Glob::parse(std::string(Glob::kLongest + 1, 'a')));
  EXPECT_FALSE(Glob::parse("{a,b,c,d,e,f,g,h,i}{a,b,c,d,e,f,g,h,i}"));  // 81 alternatives
}

TEST(Glob, StarsCostNoMoreThanTheirProduct) {
  std::string pattern;
  std::string text;
  for (int i = 0; i < 100; ++i) {
    pattern += "a*";
    text += "aa";
  }
  EXPECT_FALSE(matches(pattern + "b", text));
}

TEST(Glob, KnowsWhatMayOverlap) {
  EXPECT_TRUE(overlap("refs/heads/**", "refs/heads/main"));
  EXPECT_FALSE(overlap("refs/heads/agent/**", "refs/heads/main"));
  EXPECT_FALSE(overlap("refs/heads/feature/**", "refs/heads/release/**"));
  EXPECT_TRUE(overlap("refs/**", "refs/tags/**"));
  EXPECT_TRUE(overlap("refs/heads/*", "refs/heads/rel*"));
  EXPECT_FALSE(overlap("refs/heads/a*", "refs/heads/b*"));
  EXPECT_FALSE(overlap("refs/heads/*-x", "refs/heads/*-y"));
  EXPECT_TRUE(overlap("**/a", "b/**"));
}

TEST(GlobList, DeniesInAnyCase) {
  GlobList list;
  list.add(*Glob::parse("secrets/**"));
  list.add(*Glob::parse("**/*.Key"));
  EXPECT_TRUE(list.denies(*RepoPath::parse("Secrets/prod.env")));
  EXPECT_FALSE(list.matches(*RepoPath::parse("Secrets/prod.env")));
  EXPECT_TRUE(list.denies(*RepoPath::parse("a/b.KEY")));
  EXPECT_TRUE(list.denies_below(*RepoPath::parse("SECRETS")));
  EXPECT_FALSE(list.denies(*RepoPath::parse("secrets")));
  EXPECT_FALSE(list.denies_below(*RepoPath::parse("src")));  // only some files there
}

}  // namespace
}  // namespace srasta::policy
