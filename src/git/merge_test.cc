#include "git/merge.h"

#include "git/test_repository.h"

#include <gtest/gtest.h>

namespace srasta::git {
namespace {

TEST(CompareCommits, FindsWhereTwoBranchesMeet) {
  TestRepository on_disk;
  const Oid base = on_disk.commit("main", {{"a", "1\n"}});
  on_disk.git("branch side main");
  const Oid main = on_disk.commit("main", {{"a", "2\n"}});
  on_disk.commit("side", {{"b", "1\n"}});
  const Oid side = on_disk.commit("side", {{"b", "2\n"}});
  const Oid alone = on_disk.commit("alone", {{"c", "1\n"}});
  const auto registration = register_repository(on_disk.folder());
  ASSERT_TRUE(registration);
  const auto repository = Repository::open(*registration);
  ASSERT_TRUE(repository);

  const auto found = compare_commits(*repository, side, main);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->base, base);
  EXPECT_EQ(found->ahead, 2U);
  EXPECT_EQ(found->behind, 1U);
  const auto merged = compare_commits(*repository, base, main);
  ASSERT_TRUE(merged);
  EXPECT_EQ(merged->base, base);
  EXPECT_EQ(merged->ahead, 0U);
  const auto apart = compare_commits(*repository, alone, main);
  ASSERT_TRUE(apart);
  EXPECT_EQ(apart->base, std::nullopt);
  EXPECT_FALSE(compare_commits(*repository, "main", side));
}

}  // namespace
}  // namespace srasta::git
