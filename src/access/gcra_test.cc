#include "access/gcra.h"

#include <atomic>
#include <barrier>
#include <limits>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

constexpr base::MonoTime kT{base::Seconds(1'000)};
constexpr GcraRate kFive{.burst = 5, .every = base::Seconds(1)};

uint64_t admitted_of(GcraCell& cell, uint64_t requests, base::MonoTime now, const GcraRate& rate) {
  uint64_t admitted = 0;
  for (uint64_t i = 0; i < requests; ++i) admitted += cell.take(now, rate).admitted ? 1 : 0;
  return admitted;
}

TEST(Gcra, CountsABurstDown) {
  GcraCell cell;
  for (uint32_t left = 5; left-- > 0;) {
    const GcraAnswer answer = cell.take(kT, kFive);
    EXPECT_TRUE(answer.admitted);
    EXPECT_EQ(answer.remaining, left);
    EXPECT_EQ(answer.retry_after, base::Micros(0));
    EXPECT_EQ(answer.reset, base::Seconds(5 - left));
  }

  const GcraAnswer refused = cell.take(kT, kFive);

  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.remaining, 0U);
  EXPECT_EQ(refused.retry_after, base::Seconds(1));
  EXPECT_EQ(refused.reset, base::Seconds(5));
}

TEST(Gcra, AdmitsOneMoreAfterExactlyOneInterval) {
  GcraCell cell;
  ASSERT_EQ(admitted_of(cell, 9, kT, kFive), 5U);
  EXPECT_FALSE(cell.take(kT + base::Millis(1'000) - base::Micros(1), kFive).admitted);
  EXPECT_TRUE(cell.take(kT + base::Millis(1'000), kFive).admitted);

  const GcraAnswer refused = cell.take(kT + base::Millis(1'001), kFive);

  EXPECT_FALSE(refused.admitted);
  EXPECT_EQ(refused.retry_after, base::Millis(999));
  EXPECT_EQ(retry_after_seconds(refused.retry_after), 1);
}

TEST(Gcra, RefusalsConsumeNothing) {
  GcraCell cell;
  ASSERT_EQ(admitted_of(cell, 5'000, kT, kFive), 5U);
  EXPECT_EQ(admitted_of(cell, 100, kT + base::Seconds(5), kFive), 5U);
}

TEST(Gcra, AdmitsExactlyTheBurstOfSimultaneousRequests) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 200;
  for (int round = 0; round < kRounds; ++round) {
    GcraCell cell;
    std::atomic<uint64_t> admitted = 0;
    std::barrier start(kThreads);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        admitted += admitted_of(cell, 25, kT, kFive);
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(admitted, 5U);
  }
}

TEST(Gcra, GivesBackOneTake) {
  GcraCell cell;
  ASSERT_EQ(admitted_of(cell, 5, kT, kFive), 5U);
  cell.give_back(kFive);
  EXPECT_EQ(cell.peek(kT, kFive).remaining, 1U);
  EXPECT_EQ(admitted_of(cell, 5, kT, kFive), 1U);
}

TEST(Gcra, GivingBackLateDoesNotExceedTheBurst) {
  GcraCell cell;
  ASSERT_TRUE(cell.take(kT, kFive).admitted);
  cell.give_back(kFive);
  cell.give_back(kFive);
  EXPECT_EQ(admitted_of(cell, 20, kT + base::Seconds(60), kFive), 5U);
}

TEST(Gcra, ABurstOfZeroAdmitsNothing) {
  GcraCell cell;
  const GcraRate none{.burst = 0, .every = base::Seconds(1)};
  EXPECT_EQ(admitted_of(cell, 10, kT, none), 0U);
  EXPECT_EQ(cell.take(kT, none).retry_after, base::Seconds(1));
}

TEST(Gcra, NoConfiguredValueOverflowsOrAdmitsMoreThanItSays) {
  constexpr uint32_t kMostBurst = std::numeric_limits<uint32_t>::max();
  for (const uint32_t burst : {0U, 1U, 3U, kMostBurst}) {
    for (const base::Micros every :
         {base::Micros::min(), base::Micros(-1), base::Micros(0), base::Micros(1),
          base::Micros(1LL << 60), base::Micros(1LL << 61), base::Micros::max()}) {
      for (const base::MonoTime now :
           {base::MonoTime::min(), base::MonoTime{}, kT, base::MonoTime::max()}) {
        GcraCell cell;
        const GcraRate rate{burst, every};
        const uint64_t admitted = admitted_of(cell, 10, now, rate);
        EXPECT_LE(admitted, burst);
        EXPECT_GE(admitted, std::min(burst, 1U));
        const GcraAnswer answer = cell.peek(now, rate);
        EXPECT_GE(answer.retry_after.count(), 0);
        EXPECT_GE(answer.reset.count(), 0);
        cell.give_back(rate);
      }
    }
  }
}

TEST(Gcra, RetiresOnlyWhenTheFullBurstIsThere) {
  GcraCell cell;
  ASSERT_TRUE(cell.take(kT, kFive).admitted);
  EXPECT_FALSE(cell.retire(kT));
  EXPECT_EQ(cell.full_at(), kT + base::Seconds(1));
  EXPECT_TRUE(cell.retire(kT + base::Seconds(1)));

  const GcraAnswer answer = cell.take(kT + base::Seconds(9), kFive);

  EXPECT_FALSE(answer.admitted);
  EXPECT_TRUE(answer.retired);
  EXPECT_FALSE(cell.retire(kT + base::Seconds(9)));
}

TEST(Gcra, RetryAfterIsRoundedUpAndNeverZero) {
  EXPECT_EQ(retry_after_seconds(base::Micros(0)), 1);
  EXPECT_EQ(retry_after_seconds(base::Micros(1)), 1);
  EXPECT_EQ(retry_after_seconds(base::Seconds(1)), 1);
  EXPECT_EQ(retry_after_seconds(base::Seconds(1) + base::Micros(1)), 2);
  EXPECT_EQ(retry_after_seconds(base::Micros::max()), 9'223'372'036'855);
}

}  // namespace
}  // namespace srasta::access
