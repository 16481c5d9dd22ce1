#include "policy/patch.h"

#include "policy/change.h"
#include "policy/content.h"

#include <gtest/gtest.h>

namespace srasta::policy {
namespace {

Reason wrong(std::string_view text) {
  const auto files = parse_patch(text, {.files = 50, .lines = 100});
  return files ? Reason::None : files.error();
}

std::string modify(std::string_view path, std::string_view hunks) {
  const std::string name(path);
  return "diff --git a/" + name + " b/" + name + "\nindex 1111111..2222222 100644\n--- a/" + name +
         "\n+++ b/" + name + "\n" + std::string(hunks);
}

constexpr std::string_view kHunk = "@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n";

std::optional<std::string> applied(std::string_view content, std::string_view hunks) {
  const std::string text = modify("a", hunks);
  const auto files = parse_patch(text, {});
  EXPECT_TRUE(files) << to_string(files.error());
  return files ? apply_hunks(content, files->front().hunks) : std::nullopt;
}

TEST(Patch, ReadsWhatGitPrints) {
  const auto files = parse_patch(
      modify("src/a.cc", kHunk) +
          "diff --git a/new b/new\nnew file mode 100644\nindex 0000000..1111111\n--- "
          "/dev/null\n+++ b/new\n"
          "@@ -0,0 +1 @@\n+x\n"
          "diff --git a/gone b/gone\ndeleted file mode 100644\nindex 1111111..0000000\n--- a/gone\n"
          "+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n"
          "diff --git a/m b/n\nsimilarity index 100%\nrename from m\nrename to n\n"
          "diff --git a/run b/run\nold mode 100644\nnew mode 100755\n"
          "diff --git \"a/h\\303\\251\" \"b/h\\303\\251\"\nnew file mode 100644\nindex "
          "0000000..e69de29\n",
      {});
  ASSERT_TRUE(files) << to_string(files.error());
  ASSERT_EQ(files->size(), 6U);
  EXPECT_EQ((*files)[0].hunks.front().lines.size(), 4U);
  EXPECT_EQ((*files)[1].kind, FilePatch::Kind::Add);
  EXPECT_EQ((*files)[2].kind, FilePatch::Kind::Delete);
  EXPECT_FALSE((*files)[2].hunks.front().lines.front().ends);
  EXPECT_EQ((*files)[3].kind, FilePatch::Kind::Rename);
  EXPECT_EQ((*files)[3].old_path.text(), "m");
  EXPECT_EQ((*files)[4].new_mode, kExecutableMode);
  EXPECT_EQ((*files)[5].new_path.text(), "h\u00e9");
}

TEST(Patch, AllNamesOfAFileAgree) {
  EXPECT_EQ(wrong("diff --git a/src/a.cc b/src/a.cc\n--- a/src/a.cc\n+++ b/.github/x\n@@ -1 +1 "
                  "@@\n-1\n+2\n"),
            Reason::PatchHeaderMismatch);
  EXPECT_EQ(wrong("diff --git a/x b/y\nold mode 100644\nnew mode 100755\n"),
            Reason::PatchHeaderMismatch);
  EXPECT_EQ(wrong("diff --git a/x b/y\nrename from x\nrename to z\n"), Reason::PatchHeaderMismatch);
  EXPECT_EQ(wrong("diff --git a/x b/x\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n"),
            Reason::PatchHeaderMismatch);
  EXPECT_EQ(wrong("diff --git a/x b/x\nrename from x\nrename to x\n"), Reason::PatchHeaderMismatch);
}

TEST(Patch, NamesArePaths) {
  EXPECT_EQ(wrong(modify("../../etc/x", kHunk)), Reason::PathTraversal);
  EXPECT_EQ(wrong("diff --git a/etc/x b/etc/x\n--- a/etc/x\n+++ /etc/x\n@@ -1 +1 @@\n-1\n+2\n"),
            Reason::PathAbsolute);
  EXPECT_EQ(wrong(modify(".git/hooks/x", kHunk)), Reason::PathGitdir);
  EXPECT_EQ(wrong("diff --git \"a/.git\\342\\200\\214/x\" \"b/.git\\342\\200\\214/x\"\nold mode "
                  "100644\nnew mode "
                  "100755\n"),
            Reason::PathGitdir);
  EXPECT_EQ(wrong("diff --git a/x b/x\n--- x\n+++ x\n@@ -1 +1 @@\n-1\n+2\n"), Reason::PatchParse);
}

TEST(Patch, NothingElseIsOne) {
  for (const std::string& text : std::vector<std::string>{
           "", "\n", "From 1 Mon Sep 17\nSubject: x\n\n" + modify("a", kHunk),
           "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n",
           modify("a", kHunk) + "--- /dev/null\n+++ b/.github/hidden\n@@ -0,0 +1 @@\n+x\n",
           modify("a", "@@ -1,1 +1,4000000000 @@\n 1\n"), modify("a", "@@ -1,3 +1,3 @@\n 1\n-2\n"),
           modify("a", "@@ -1 +1 @@\n-1\n+2\n+3\n"), modify("a", "@@ -1 +1 @@\n\n"),
           modify("a", kHunk) + modify("a", kHunk), modify("x", kHunk) + modify("x/y", kHunk),
           modify("a", "@@ -5 +5 @@\n-1\n+2\n@@ -1 +1 @@\n-1\n+2\n"), "diff --git a/x b/x\n*** x\n",
           modify("a", "@@ -1 +1 @@\n-1\n+2"), modify("a", "")}) {
    EXPECT_EQ(wrong(text), Reason::PatchParse) << text;
  }
  EXPECT_EQ(wrong("diff --git a/x b/x\r\n"), Reason::PatchNoApply);
}

TEST(Patch, LinksAndSubmodulesAreNotMade) {
  const auto made = [](std::string_view mode) {
    return "diff --git a/l b/l\nnew file mode " + std::string(mode) +
           "\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+../x\n\\ No newline at end of file\n";
  };
  EXPECT_EQ(wrong(made("120000")), Reason::PatchSymlink);
  EXPECT_EQ(wrong(made("160000")), Reason::PatchGitlink);
  // A change of type: the file goes, and a link comes.
  EXPECT_EQ(wrong("diff --git a/l b/l\ndeleted file mode 100644\n--- a/l\n+++ /dev/null\n@@ -1 "
                  "+0,0 @@\n-x\n" +
                  made("120000")),
            Reason::PatchSymlink);
}

TEST(Patch, HasAnEnd) {
  std::string many;
  for (int i = 0; i < 51; ++i) many += modify("f" + std::to_string(i), kHunk);
  const auto too_many = parse_patch(many, {.files = 50, .lines = 1000});
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error(), Reason::PatchTooManyFiles);
  std::string lines = "@@ -0,0 +1,101 @@\n";
  for (int i = 0; i < 101; ++i) lines += "+x\n";
  EXPECT_EQ(wrong(modify("a", lines)), Reason::PatchTooLarge);
  const auto binary = parse_patch(
      "diff --git a/x b/x\nnew file mode 100644\nindex 0..1\nGIT binary patch\nliteral "
      "52428800\nzcmV\n\n",
      {});
  ASSERT_TRUE(binary);
  EXPECT_TRUE(binary->front().binary);
  EXPECT_EQ(binary->front().binary_size, 52428800U);
}

TEST(ApplyHunks, FitExactlyOrNotAtAll) {
  EXPECT_EQ(applied("1\n2\n3\n", kHunk), "1\ntwo\n3\n");
  EXPECT_EQ(applied("0\n1\n2\n3\n", kHunk), std::nullopt);  // no searching
  EXPECT_EQ(applied("1\n2\r\n3\n", kHunk), std::nullopt);   // no forgiving
  EXPECT_EQ(applied("1 \n2\n3\n", kHunk), std::nullopt);
  EXPECT_EQ(applied("1\n2\n", kHunk), std::nullopt);
  EXPECT_EQ(applied("1\n2\n3", kHunk), std::nullopt);  // the last line does not end there
  EXPECT_EQ(applied("a\nb\nc\nd\n", "@@ -1 +1,2 @@\n a\n+x\n@@ -4 +5 @@\n-d\n+D\n"),
            "a\nx\nb\nc\nD\n");
  EXPECT_EQ(applied("a\nb\nc\nd\n", "@@ -1 +1,2 @@\n a\n+x\n@@ -4 +4 @@\n-d\n+D\n"), std::nullopt);
  EXPECT_EQ(applied("a\n", "@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n"), "b");
  EXPECT_EQ(applied("a", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n"), "b\n");
  EXPECT_EQ(applied("", "@@ -0,0 +1,2 @@\n+a\n+b\n"), "a\nb\n");
}

TEST(Content, InvisibleAndSecretTextIsFound) {
  EXPECT_EQ(check_added_text({"int a; // fine"}, false), Reason::None);
  EXPECT_EQ(check_added_text({"int a; // \u202e"}, false), Reason::ContentBidi);
  EXPECT_EQ(check_added_text({"int a\u200db;"}, false), Reason::ContentBidi);
  EXPECT_EQ(check_added_text({"int a; // \u202e"}, true), Reason::None);
  EXPECT_EQ(check_added_text({"-----BEGIN RSA PRIVATE KEY-----"}, false), Reason::ContentSecret);
  const std::string head = "AKIA";
  const std::string whole = "key = " + head + "ABCDEFGHIJKLMNOP";
  EXPECT_EQ(check_added_text({whole}, false), Reason::ContentSecret);
  const std::string half = "a = \"" + head + "ABCDEFGH\" +";
  EXPECT_EQ(check_added_text({half, "    \"IJKLMNOP\";"}, false), Reason::ContentSecret);
}

}  // namespace
}  // namespace srasta::policy
