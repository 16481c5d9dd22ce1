#include "access/concurrency_limits.h"

#include <barrier>
#include <thread>

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

LimitSubject person(std::string_view principal) {
  return {.principal = principal, .tenant = "acme", .roles = {}, .key = {}, .model = {}};
}

ConcurrencyRule rule(LimitPer per, uint32_t most) {
  return {.name = "r", .per = per, .scope = {}, .most = most};
}

TEST(ConcurrencyLimits, RefuseTheThirdOfTwoUntilOneEnds) {
  const ConcurrencyLimits limits({rule(LimitPer::Principal, 2)});
  const auto handle = limits.handle(person("alice"));
  auto first = handle.enter();
  const auto second = handle.enter();
  ASSERT_TRUE(first.slot && second.slot);

  const auto third = handle.enter();
  EXPECT_FALSE(third.slot.has_value());
  EXPECT_EQ(third.refused_per, LimitPer::Principal);
  EXPECT_EQ(third.most, 2U);

  first.slot.reset();
  EXPECT_TRUE(handle.enter().slot.has_value());
}

TEST(ConcurrencyLimits, CountASubjectOnceWhateverTheHandle) {
  const ConcurrencyLimits limits({rule(LimitPer::Principal, 1)});
  const auto held = limits.handle(person("alice")).enter();
  EXPECT_FALSE(limits.handle(person("alice")).enter().slot.has_value());
  EXPECT_TRUE(limits.handle(person("bob")).enter().slot.has_value());
}

TEST(ConcurrencyLimits, ARefusalCountsNowhere) {
  const ConcurrencyLimits limits({rule(LimitPer::Principal, 2), rule(LimitPer::Tenant, 1)});
  auto alice = limits.handle(person("alice")).enter();
  const auto bob = limits.handle(person("bob"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(bob.enter().refused_per, LimitPer::Tenant);
  alice.slot.reset();
  EXPECT_TRUE(bob.enter().slot.has_value());
}

TEST(ConcurrencyLimits, KeepCountingOpenSlotsAfterAReload) {
  std::optional<ConcurrencyLimits> before(std::in_place, std::vector{rule(LimitPer::Principal, 2)});
  auto held = before->handle(person("alice")).enter();
  const ConcurrencyLimits after({rule(LimitPer::Principal, 1)}, *before);
  before.reset();
  EXPECT_FALSE(after.handle(person("alice")).enter().slot.has_value());
  held.slot.reset();
  EXPECT_TRUE(after.handle(person("alice")).enter().slot.has_value());
}

TEST(ConcurrencyLimits, MovedSlotsCountOnce) {
  const ConcurrencyLimits limits({rule(LimitPer::Principal, 2)});
  const auto handle = limits.handle(person("alice"));
  auto first = handle.enter();
  auto second = handle.enter();
  *first.slot = std::move(*second.slot);
  second.slot.reset();
  const auto third = handle.enter();
  EXPECT_TRUE(third.slot.has_value());
  EXPECT_FALSE(handle.enter().slot.has_value());
}

TEST(ConcurrencyLimits, WithZeroAdmitNoneAndWithoutRulesAll) {
  EXPECT_FALSE(ConcurrencyLimits({rule(LimitPer::Tenant, 0)})
                   .handle(person("alice"))
                   .enter()
                   .slot.has_value());
  EXPECT_TRUE(ConcurrencyLimits({}).handle(person("alice")).enter().slot.has_value());
}

TEST(ConcurrencyLimits, NeverAdmitMoreThanTheirNumberAtOnce) {
  constexpr int kThreads = 8;
  const ConcurrencyLimits limits({rule(LimitPer::Principal, 3)});
  std::atomic<int> open = 0;
  std::atomic<int> most = 0;
  std::barrier start(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      const auto handle = limits.handle(person("alice"));
      start.arrive_and_wait();
      for (int request = 0; request < 2'000; ++request) {
        const auto entry = handle.enter();
        if (!entry.slot) continue;
        const int now = ++open;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        --open;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
}

TEST(ConcurrencyLimits, ForgetSubjectsThatAreGone) {
  const ConcurrencyLimits limits({rule(LimitPer::Principal, 1)});
  for (int i = 0; i < 20'000; ++i) {
    (void)limits.handle(person(std::to_string(i))).enter();
  }
  EXPECT_LE(limits.cells(), 2'048U);
}

}  // namespace
}  // namespace srasta::access
