#include "git/deadline.h"

#include "git/diff.h"
#include "git/history.h"
#include "git/test_repository.h"
#include "git/tree.h"

#include <gtest/gtest.h>

namespace srasta::git {
namespace {

using std::chrono::steady_clock;

struct Opened {
  explicit Opened(steady_clock::time_point deadline) {
    first = on_disk.commit("main", {{"a", "1\n"}});
    for (int i = 2; i < 6; ++i) last = on_disk.commit("main", {{"a", std::to_string(i) + "\n"}});
    repository = *Repository::open(*register_repository(on_disk.folder()));
    EXPECT_TRUE(read_until(*repository, deadline));
  }

  TestRepository on_disk;
  std::string first;
  std::string last;
  std::optional<Repository> repository;
};

TEST(Deadline, EndsEveryWayOfReadingAfterIt) {
  const Opened late(steady_clock::now() - std::chrono::seconds(1));
  const Repository& repository = *late.repository;
  EXPECT_EQ(read_log(repository, late.last, {}).error().code, base::Code::Timeout);
  EXPECT_EQ(blame(repository, late.last, "a").error().code, base::Code::Timeout);
  EXPECT_EQ(repository.is_reachable(late.first, {late.last}).error().code, base::Code::Timeout);
  EXPECT_EQ(tree_id(repository, late.last).error().code, base::Code::Timeout);
  EXPECT_FALSE(repository.refs());
}

TEST(Deadline, ChangesNothingBeforeIt) {
  const Opened early(steady_clock::now() + std::chrono::hours(1));
  const Repository& repository = *early.repository;
  EXPECT_EQ(read_log(repository, early.last, {})->commits.size(), 5U);
  EXPECT_EQ(blame(repository, early.last, "a")->size(), 1U);
  EXPECT_TRUE(*repository.is_reachable(early.first, {early.last}));
  EXPECT_EQ(repository.refs()->size(), 1U);
  EXPECT_FALSE(repository.is_commit(std::string(40, '1')));
}

}  // namespace
}  // namespace srasta::git
