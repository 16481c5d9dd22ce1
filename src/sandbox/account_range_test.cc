#include "sandbox/account_range.h"

#include <filesystem>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

TEST(AccountRange, BelongsToOneHolderAtATime) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives runs accounts";
  const std::string folder = ::testing::TempDir() + "/accounts-" + std::to_string(::getpid());
  auto first = AccountRange::take(folder);
  ASSERT_TRUE(first) << first.error().message;
  const Account last = first->at(AccountRange::kAccounts - 1);
  {
    const auto second = AccountRange::take(folder);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->at(0).user, last.user + 1);
    EXPECT_EQ(second->at(0).group, last.group + 1);
  }
  const auto again = AccountRange::take(folder);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->at(0).user, last.user + 1);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace srasta::sandbox
