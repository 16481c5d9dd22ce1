#include "git/stage.h"

#include "git/diff.h"
#include "git/test_repository.h"
#include "git/tree.h"

#include <gtest/gtest.h>

namespace srasta::git {
namespace {

Repository open(const TestRepository& on_disk) {
  auto repository = Repository::open(*register_repository(on_disk.folder()));
  EXPECT_TRUE(repository);
  return *std::move(repository);
}

constexpr uint32_t kFile = 0100644;

TEST(Stage, WhatIsInQuarantineLeavesNoTrace) {
  TestRepository on_disk;
  const std::string head = on_disk.commit("main", {{"a", "1\n"}, {"x/y", "2\n"}});
  Repository repository = open(on_disk);
  const std::string before = on_disk.git("count-objects -v");
  ASSERT_TRUE(quarantine(repository));
  const Oid base = *tree_id(repository, head);
  const auto tree = write_tree(
      repository, base, {{.path = "x/z/new", .content = "n\n", .mode = kFile}, {.path = "a"}});
  ASSERT_TRUE(tree) << tree.error().message << tree.error().detail;
  const auto changes = compare_trees(repository, base, *tree);
  ASSERT_TRUE(changes);
  ASSERT_EQ(changes->size(), 2U);
  EXPECT_EQ((*changes)[0].path, "a");
  EXPECT_EQ((*changes)[0].new_mode, 0U);
  EXPECT_EQ((*changes)[1].path, "x/z/new");
  EXPECT_EQ(on_disk.git("count-objects -v"), before);
  const Repository again = open(on_disk);
  EXPECT_FALSE(compare_trees(again, base, *tree));
}

TEST(Stage, FilesAndFoldersDoNotTakeEachOthersPlace) {
  TestRepository on_disk;
  const std::string head = on_disk.commit("main", {{"a", "1\n"}, {"x/y", "2\n"}});
  Repository repository = open(on_disk);
  ASSERT_TRUE(quarantine(repository));
  const Oid base = *tree_id(repository, head);
  EXPECT_EQ(
      write_tree(repository, base, {{.path = "a/b", .content = "", .mode = kFile}}).error().code,
      base::Code::Conflict);
  EXPECT_EQ(write_tree(repository, base, {{.path = "none"}}).error().code, base::Code::Conflict);
}

TEST(Stage, OneOfTwoMovesARef) {
  TestRepository on_disk;
  const std::string head = on_disk.commit("main", {{"a", "1\n"}});
  const Repository repository = open(on_disk);
  const Oid base = *tree_id(repository, head);
  const auto commit_of = [&](const std::string& content) {
    const auto tree =
        write_tree(repository, base, {{.path = "a", .content = content, .mode = kFile}});
    return *write_commit(repository, *tree, head,
                         {.author_name = "alice",
                          .author_email = "alice@acme",
                          .time = 1'700'000'000,
                          .message = "change\n"});
  };
  const Oid one = commit_of("one\n");
  const Oid two = commit_of("two\n");
  EXPECT_TRUE(move_ref(repository, "refs/heads/main", head, one));
  EXPECT_EQ(move_ref(repository, "refs/heads/main", head, two).error().code, base::Code::Conflict);
  EXPECT_EQ(on_disk.git("rev-parse main"), one);
  EXPECT_EQ(on_disk.git("log -1 --format=%an/%cn main"), "alice/Srasta tool gateway");
  EXPECT_EQ(on_disk.git("show main:a"), "one");
}

TEST(Stage, RefsAreMadeAndTakenAway) {
  TestRepository on_disk;
  const std::string head = on_disk.commit("main", {{"a", "1\n"}});
  const Repository repository = open(on_disk);
  EXPECT_TRUE(create_ref(repository, "refs/heads/agent/x", head));
  EXPECT_EQ(create_ref(repository, "refs/heads/agent/x", head).error().code, base::Code::Conflict);
  EXPECT_EQ(delete_ref(repository, "refs/heads/agent/x", std::string(40, 'a')).error().code,
            base::Code::Conflict);
  EXPECT_TRUE(delete_ref(repository, "refs/heads/agent/x", head));
  EXPECT_EQ(delete_ref(repository, "refs/heads/agent/x", head).error().code, base::Code::Conflict);
  on_disk.git("symbolic-ref refs/heads/link refs/heads/main");
  EXPECT_EQ(move_ref(repository, "refs/heads/link", head, head).error().code, base::Code::Conflict);
}

}  // namespace
}  // namespace srasta::git
