#include "policy/repo_path.h"

#include <gtest/gtest.h>

namespace srasta::policy {
namespace {

Reason wrong(std::string_view text) {
  const auto path = RepoPath::parse(text);
  return path ? Reason::None : path.error();
}

TEST(RepoPath, TakesPlainPaths) {
  for (const char* text : {"src/main.cc", "src/..hidden/a.cc", "docs/h\u00e9llo w\u00f6rld.md",
                           "src/-rf", "a", "~/.ssh/x", "src/main.cc ", ".github/x", "git~2/x",
                           ".gitignore", "a.git/x", ".git2", "x/CON"}) {
    EXPECT_EQ(wrong(text), Reason::None) << text;
  }
}

TEST(RepoPath, TheFirstWrongThingDecides) {
  EXPECT_EQ(wrong(""), Reason::PathInvalid);
  EXPECT_EQ(wrong("/etc/passwd"), Reason::PathAbsolute);
  EXPECT_EQ(wrong("src/../../.ssh/id_rsa"), Reason::PathTraversal);
  EXPECT_EQ(wrong("src/./../src/main.cc"), Reason::PathInvalid);
  EXPECT_EQ(wrong("src//main.cc"), Reason::PathInvalid);
  EXPECT_EQ(wrong("./src/main.cc"), Reason::PathInvalid);
  EXPECT_EQ(wrong("src/main.cc/"), Reason::PathInvalid);
  EXPECT_EQ(wrong("..\\..\\etc\\passwd"), Reason::PathInvalid);
  EXPECT_EQ(wrong("C:\\Windows\\win.ini"), Reason::PathInvalid);
  EXPECT_EQ(wrong("file:///etc/passwd"), Reason::PathInvalid);
  EXPECT_EQ(wrong(std::string_view("a\0b", 3)), Reason::PathInvalid);
  EXPECT_EQ(wrong("a\nb"), Reason::PathInvalid);
}

TEST(RepoPath, RefusesWhatIsReadAsSomethingElse) {
  EXPECT_EQ(wrong("\uff0e\uff0e/etc/passwd"), Reason::PathUnicode);
  EXPECT_EQ(wrong("a\u2044b"), Reason::None);             // a fraction slash stays one
  EXPECT_EQ(wrong("a\uff0fb"), Reason::PathUnicode);      // fullwidth solidus
  EXPECT_EQ(wrong("e\u0301.md"), Reason::PathUnicode);    // not NFC
  EXPECT_EQ(wrong("a\u202eb"), Reason::PathUnicode);      // right-to-left override
  EXPECT_EQ(wrong("a\u200bb"), Reason::PathUnicode);      // zero width space
  EXPECT_EQ(wrong("a\U000e0041b"), Reason::PathUnicode);  // a tag
  EXPECT_EQ(wrong("a\xff"), Reason::PathUnicode);
}

TEST(RepoPath, GitsFolderIsOutOfReachInEverySpelling) {
  for (const char* text : {".git", ".git/config", "a/.git/x", ".GIT/hooks/x", ".gIt",
                           "git~1/hooks/x", "GIT~1", ".git\u200c/hooks/x", ".g\u200dit", ".git.",
                           ".git ", ".git. .", ".git::$INDEX_ALLOCATION/x", ".git:x"}) {
    EXPECT_EQ(wrong(text), Reason::PathGitdir) << text;
  }
}

TEST(RepoPath, HasAnEnd) {
  EXPECT_EQ(wrong(std::string(kLongestSegment, 'a')), Reason::None);
  EXPECT_EQ(wrong(std::string(kLongestSegment + 1, 'a')), Reason::PathTooLong);
  std::string deep = "a";
  for (size_t i = 1; i < kMostSegments; ++i) deep += "/a";
  EXPECT_EQ(wrong(deep), Reason::None);
  EXPECT_EQ(wrong(deep + "/a"), Reason::PathTooLong);
  std::string longest;
  while (longest.size() < kLongestPath) longest += "aaaaaaa/";
  longest.back() = 'a';
  EXPECT_EQ(wrong(longest), Reason::PathTooLong);  // 128 segments
}

TEST(RepoPath, SegmentsBelongToTheCopy) {
  auto original = std::make_unique<RepoPath>(*RepoPath::parse("A/b"));
  RepoPath copy = *original;
  const RepoPath moved = std::move(*original);
  original.reset();
  EXPECT_EQ(copy.segments(), (std::vector<std::string_view>{"A", "b"}));
  EXPECT_EQ(moved.folded_segments(), (std::vector<std::string_view>{"a", "b"}));
  copy = *RepoPath::parse("x/y/z");
  EXPECT_EQ(copy.segments().size(), 3U);
  EXPECT_EQ(copy.text(), "x/y/z");
}

}  // namespace
}  // namespace srasta::policy
