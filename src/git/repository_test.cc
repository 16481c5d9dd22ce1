#include "git/repository.h"

#include "git/diff.h"
#include "git/history.h"
#include "git/test_repository.h"
#include "git/tree.h"

#include <fstream>

#include <gtest/gtest.h>

namespace srasta::git {
namespace {

namespace fs = std::filesystem;

Repository open(const TestRepository& on_disk) {
  auto registration = register_repository(on_disk.folder());
  EXPECT_TRUE(registration) << registration.error().message;
  auto repository = Repository::open(*registration);
  EXPECT_TRUE(repository) << repository.error().message << repository.error().detail;
  return *std::move(repository);
}

base::Code refused(const TestRepository& on_disk) {
  const auto registration = register_repository(on_disk.folder());
  EXPECT_FALSE(registration);
  return registration ? base::Code::Internal : registration.error().code;
}

TEST(Registration, TakesAPlainBareRepository) {
  const TestRepository on_disk;
  const auto registration = register_repository(on_disk.folder());
  ASSERT_TRUE(registration) << registration.error().message;
  EXPECT_EQ(registration->config_digest.size(), 64U);
  EXPECT_EQ(register_repository("/nonexistent").error().code, base::Code::NotFound);
}

TEST(Registration, RefusesWhatCanMakeSomethingRun) {
  for (const char* setting :
       {"core.fsmonitor /tmp/x", "core.sshCommand x", "alias.log '!sh'", "include.path /etc/passwd",
        "core.hooksPath /tmp", "filter.x.clean x", "core.bare false", "remote.origin.url /tmp/x"}) {
    const TestRepository on_disk;
    on_disk.git(std::string("config ") + setting);
    EXPECT_EQ(refused(on_disk), base::Code::Denied) << setting;
  }
  const TestRepository hooked;
  std::ofstream(hooked.folder() + "/hooks/reference-transaction") << "#!/bin/sh\n";
  EXPECT_EQ(refused(hooked), base::Code::Denied);
  const TestRepository borrowing;
  fs::create_directories(borrowing.folder() + "/objects/info");
  std::ofstream(borrowing.folder() + "/objects/info/alternates") << "/tmp\n";
  EXPECT_EQ(refused(borrowing), base::Code::Denied);
  const TestRepository linked;
  fs::rename(linked.folder() + "/refs", linked.folder() + "/refs2");
  fs::create_directory_symlink(linked.folder() + "/refs2", linked.folder() + "/refs");
  EXPECT_EQ(refused(linked), base::Code::Denied);
}

TEST(Registration, PinsTheFolderAndItsConfiguration) {
  TestRepository on_disk;
  on_disk.commit("main", {{"a", "1\n"}});
  const auto registration = register_repository(on_disk.folder());
  ASSERT_TRUE(registration);
  EXPECT_TRUE(Repository::open(*registration));
  on_disk.git("config gc.auto 0");
  EXPECT_EQ(Repository::open(*registration).error().code, base::Code::Denied);
  const auto again = register_repository(on_disk.folder());
  fs::rename(on_disk.folder(), on_disk.folder() + "2");
  fs::copy(on_disk.folder() + "2", on_disk.folder(), fs::copy_options::recursive);
  EXPECT_EQ(Repository::open(*again).error().code, base::Code::Denied);
}

TEST(Repository, FollowsRefsToCommits) {
  TestRepository on_disk;
  const std::string first = on_disk.commit("main", {{"a", "1\n"}});
  const std::string second = on_disk.commit("main", {{"a", "2\n"}});
  on_disk.git("tag -a v1 -m v1 " + first);
  on_disk.git("symbolic-ref refs/heads/agent/x refs/heads/main");
  const Repository repository = open(on_disk);
  EXPECT_EQ(*repository.head(), "refs/heads/main");
  EXPECT_EQ((*repository.find_ref("refs/heads/main"))->oid, second);
  EXPECT_EQ((*repository.find_ref("refs/tags/v1"))->oid, first);
  EXPECT_FALSE(*repository.find_ref("refs/heads/other"));
  const auto symbolic = *repository.find_ref("refs/heads/agent/x");
  EXPECT_TRUE(symbolic->is_symbolic());
  EXPECT_EQ(symbolic->target, "refs/heads/main");
  EXPECT_EQ(repository.refs()->size(), 3U);
  EXPECT_EQ(**repository.ancestor(second, 1), first);
  EXPECT_FALSE(*repository.ancestor(second, 2));
  EXPECT_EQ(**repository.parent(second, 0), second);
  EXPECT_TRUE(*repository.is_reachable(first, {second}));
  EXPECT_FALSE(*repository.is_reachable(second, {first}));
  EXPECT_TRUE(repository.is_commit(first));
  EXPECT_FALSE(repository.is_commit(on_disk.git("rev-parse main:a")));
}

TEST(Repository, ReplacedObjectsAreNotReplaced) {
  TestRepository on_disk;
  const std::string first = on_disk.commit("main", {{"a", "original\n"}});
  const std::string other = on_disk.commit("other", {{"a", "replaced\n"}});
  on_disk.git("replace " + first + " " + other);
  const Repository repository = open(on_disk);
  const auto entry = *find_entry(repository, first, "a");
  EXPECT_EQ(*read_blob(repository, entry->oid, 100), "original\n");
}

TEST(Tree, ListsAndReads) {
  TestRepository on_disk;
  const std::string head =
      on_disk.commit("main", {{"src/a.cc", "int a;\n"}, {"src/x/b.cc", "b"}, {"l", "-> src/a.cc"}});
  const Repository repository = open(on_disk);
  std::vector<std::string> seen;
  const auto note = [&](const Entry& entry) {
    seen.push_back(entry.path);
    return entry.path == "src/x" ? Walk::SkipFolder : Walk::Continue;
  };
  ASSERT_TRUE(walk_tree(repository, head, "", true, note));
  EXPECT_EQ(seen, (std::vector<std::string>{"l", "src", "src/a.cc", "src/x"}));
  seen.clear();
  ASSERT_TRUE(walk_tree(repository, head, "src", false, note));
  EXPECT_EQ(seen, (std::vector<std::string>{"src/a.cc", "src/x"}));
  EXPECT_EQ(walk_tree(repository, head, "l", false, note).error().code, base::Code::NotFound);
  const auto link = *find_entry(repository, head, "l");
  EXPECT_EQ(link->kind, EntryKind::Symlink);
  EXPECT_EQ(*read_blob(repository, link->oid, 100), "src/a.cc");
  EXPECT_EQ(read_blob(repository, link->oid, 3).error().code, base::Code::TooLarge);
  EXPECT_FALSE(*find_entry(repository, head, "src/none"));
  EXPECT_EQ((*find_entry(repository, head, ""))->kind, EntryKind::Folder);
}

TEST(History, LogAndBlame) {
  TestRepository on_disk;
  const std::string first = on_disk.commit("main", {{"a", "1\n2\n"}, {"b", "x\n"}}, "first");
  const std::string second = on_disk.commit("main", {{"a", "1\nTWO\n"}}, "second");
  const Repository repository = open(on_disk);
  const auto log = read_log(repository, second, {});
  ASSERT_TRUE(log);
  ASSERT_EQ(log->commits.size(), 2U);
  EXPECT_EQ(log->commits[0].message, "second\n");
  EXPECT_EQ(log->commits[0].parents, std::vector<std::string>{first});
  EXPECT_EQ(log->commits[0].author.email, "ann@example");
  EXPECT_FALSE(log->truncated);
  EXPECT_TRUE(read_log(repository, second, {.most = 1})->truncated);
  const auto of_b = read_log(repository, second, {.path = "b"});
  ASSERT_EQ(of_b->commits.size(), 1U);
  EXPECT_EQ(of_b->commits[0].oid, first);
  EXPECT_TRUE(read_log(repository, second, {.since = 1'700'000'001})->commits.empty());
  const auto lines = blame(repository, second, "a");
  ASSERT_TRUE(lines) << lines.error().message;
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ((*lines)[1].commit, second);
  EXPECT_EQ((*lines)[1].first_line, 2U);
  EXPECT_EQ(blame(repository, second, "none").error().code, base::Code::NotFound);
}

TEST(Diff, ShowsWhatEachPathBecame) {
  TestRepository on_disk;
  const std::string first = on_disk.commit(
      "main", {{"a", "1\n2\n3\n"}, {"gone", "x\n"}, {".gitattributes", "* -diff\n"}});
  const std::string second = on_disk.commit(
      "main",
      {{"a", "1\nTWO\n3\n"}, {"gone", ""}, {"new", "n\n"}, {"bin", std::string("\0\1", 2)}});
  const Repository repository = open(on_disk);
  const auto changes =
      compare_trees(repository, *tree_id(repository, first), *tree_id(repository, second));
  ASSERT_TRUE(changes) << changes.error().message;
  ASSERT_EQ(changes->size(), 4U);
  const FileChange& a = (*changes)[0];
  EXPECT_EQ(a.path, "a");
  const auto text = compare_contents(repository, a, 1, 1000);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->added, 1U);
  EXPECT_EQ(text->removed, 1U);
  EXPECT_TRUE(text->patch.contains("@@ -1,3 +1,3 @@\n 1\n-2\n+TWO\n 3\n")) << text->patch;
  EXPECT_TRUE(compare_contents(repository, (*changes)[1], 1, 1000)->binary);
  EXPECT_EQ((*changes)[2].new_mode, 0U);
  EXPECT_EQ((*changes)[3].old_mode, 0U);
  EXPECT_TRUE(
      compare_contents(repository, (*changes)[3], 1, 1000)->patch.contains("new file mode"));
  EXPECT_TRUE(compare_contents(repository, a, 1, 3)->binary);
  EXPECT_EQ(compare_trees(repository, "", *tree_id(repository, first))->size(), 3U);
}

}  // namespace
}  // namespace srasta::git
