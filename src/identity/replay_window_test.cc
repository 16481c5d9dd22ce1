#include "identity/replay_window.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

using Verdict = ReplayWindow::Verdict;

constexpr base::Seconds kSkew{30};
constexpr base::WallTime kStarted{base::Seconds(1000)};
constexpr base::WallTime kNow{base::Seconds(2000)};

class ReplayWindowTest : public testing::Test {
 protected:
  ReplayWindow window_{kStarted, kSkew};

  Verdict use(uint64_t counter, const std::string& sender = "boot-0") {
    return window_.use(sender, counter, kNow, kNow);
  }
};

TEST_F(ReplayWindowTest, TakesEachCounterOnceInAnyOrder) {
  for (const uint64_t counter : {5U, 3U, 9U, 4U, 1U, 8U}) EXPECT_EQ(use(counter), Verdict::Fresh);
  for (const uint64_t counter : {5U, 3U, 9U, 4U, 1U, 8U}) EXPECT_EQ(use(counter), Verdict::Replay);
  EXPECT_EQ(use(2), Verdict::Fresh);
}

TEST_F(ReplayWindowTest, CountsEverythingBelowTheWindowAsUsed) {
  EXPECT_EQ(use(10'000), Verdict::Fresh);

  EXPECT_EQ(use(10'000 - ReplayWindow::kWidth + 1), Verdict::Fresh);
  EXPECT_EQ(use(10'000 - ReplayWindow::kWidth), Verdict::Replay);
  EXPECT_EQ(use(0), Verdict::Replay);
}

TEST_F(ReplayWindowTest, RefusesTheFirstOfTwoHundredThousand) {
  for (uint64_t counter = 1; counter <= 200'000; ++counter) {
    ASSERT_EQ(use(counter), Verdict::Fresh);
  }
  EXPECT_EQ(use(1), Verdict::Replay);
  EXPECT_EQ(window_.senders(), 1U);
}

TEST_F(ReplayWindowTest, SurvivesJumpsToTheEndOfTheCounter) {
  EXPECT_EQ(use(1), Verdict::Fresh);
  EXPECT_EQ(use(UINT64_MAX), Verdict::Fresh);
  EXPECT_EQ(use(UINT64_MAX), Verdict::Replay);
  EXPECT_EQ(use(1), Verdict::Replay);
}

TEST_F(ReplayWindowTest, KeepsSendersApart) {
  EXPECT_EQ(use(1, "boot-0"), Verdict::Fresh);
  EXPECT_EQ(use(1, "boot-1"), Verdict::Fresh);
  EXPECT_EQ(use(1, "boot-0"), Verdict::Replay);
}

TEST_F(ReplayWindowTest, HearsUnknownSendersOnlyAfterItsOwnStart) {
  EXPECT_EQ(window_.use("old", 1, kStarted, kNow), Verdict::Replay);
  EXPECT_EQ(window_.use("old", 1, kStarted + base::Millis(1), kNow), Verdict::Fresh);
}

TEST_F(ReplayWindowTest, ForgetsSendersOnlyWhenNothingOfTheirsCouldBeRepeated) {
  for (size_t i = 0; i < ReplayWindow::kMaxSenders; ++i) {
    EXPECT_EQ(use(1, "boot" + std::to_string(i)), Verdict::Fresh);
  }
  EXPECT_EQ(use(1, "one-more"), Verdict::Busy);
  EXPECT_EQ(window_.use("one-more", 1, kNow, kNow + kSkew), Verdict::Busy);

  const base::WallTime later = kNow + kSkew + base::Millis(1);
  EXPECT_EQ(window_.use("one-more", 1, later, later), Verdict::Fresh);
  EXPECT_EQ(window_.senders(), 1U);
}

}  // namespace
}  // namespace srasta::identity
