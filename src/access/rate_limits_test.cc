#include "access/rate_limits.h"

#include <atomic>
#include <barrier>
#include <thread>

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

constexpr base::MonoTime kT{base::Seconds(1'000)};
constexpr uint8_t kInference = 1;
constexpr uint8_t kModels = 2;
const std::vector<base::RoleName> kUser = {base::RoleName("user")};

LimitSubject person(std::string_view principal) {
  return {.principal = principal, .tenant = "acme", .roles = kUser, .key = {}, .model = {}};
}

RateRule rule(std::string name, LimitPer per, uint32_t burst) {
  return {.name = std::move(name),
          .per = per,
          .scope = {},
          .route_class = kInference,
          .rate = {.burst = burst, .every = base::Seconds(1)}};
}

uint32_t admitted_of(RateHandle handle, int requests, base::MonoTime now = kT) {
  uint32_t admitted = 0;
  for (int i = 0; i < requests; ++i) admitted += handle.admit(now).admitted ? 1 : 0;
  return admitted;
}

TEST(RateLimits, WithoutRulesAdmitEverythingAndShowNothing) {
  const RateLimits limits({.rules = {}});
  RateHandle handle = limits.handle(person("alice"), kInference);
  EXPECT_TRUE(handle.empty());
  EXPECT_TRUE(handle.admit(kT).admitted);
  EXPECT_FALSE(handle.admit(kT).shown.has_value());
}

TEST(RateLimits, ShowWhatRemainsAndRefuseAfterTheBurst) {
  const RateLimits limits({.rules = {rule("r", LimitPer::Principal, 5)}});
  RateHandle handle = limits.handle(person("alice"), kInference);
  for (uint32_t left = 5; left-- > 0;) {
    const RateTicket ticket = handle.admit(kT);
    ASSERT_TRUE(ticket.admitted);
    ASSERT_TRUE(ticket.shown.has_value());
    EXPECT_EQ(ticket.shown->limit, 5U);
    EXPECT_EQ(ticket.shown->remaining, left);
    EXPECT_EQ(ticket.shown->reset, base::Seconds(5 - left));
  }

  const RateTicket refused = handle.admit(kT);

  EXPECT_FALSE(refused.admitted);
  EXPECT_FALSE(refused.table_full);
  EXPECT_EQ(to_string(refused.per), "principal");
  EXPECT_EQ(refused.retry_after, base::Seconds(1));
  EXPECT_EQ(refused.shown->remaining, 0U);
}

TEST(RateLimits, CountAPrincipalOnceWhateverTheHandle) {
  const RateLimits limits({.rules = {rule("r", LimitPer::Principal, 5)}});
  uint32_t admitted = 0;
  for (const char* key : {"", "", "k1", "k2"}) {
    LimitSubject subject = person("alice");
    subject.key = key;
    admitted += admitted_of(limits.handle(subject, kInference), 3);
  }
  EXPECT_EQ(admitted, 5U);
  EXPECT_EQ(admitted_of(limits.handle(person("bob"), kInference), 9), 5U);
}

TEST(RateLimits, CountClassesApart) {
  RateRule models = rule("m", LimitPer::Principal, 3);
  models.route_class = kModels;
  const RateLimits limits({.rules = {rule("r", LimitPer::Principal, 5), models}});
  EXPECT_EQ(admitted_of(limits.handle(person("alice"), kModels), 1'000), 3U);
  EXPECT_EQ(admitted_of(limits.handle(person("alice"), kInference), 1'000), 5U);
}

TEST(RateLimits, AllRulesMustAdmitAndARefusalConsumesNoneOfTheOthers) {
  const RateLimits limits(
      {.rules = {rule("tenant", LimitPer::Tenant, 10), rule("own", LimitPer::Principal, 8)}});
  RateHandle alice = limits.handle(person("alice"), kInference);
  RateHandle dev = limits.handle(person("dev"), kInference);
  uint32_t admitted = 0;
  uint32_t by_tenant = 0;
  for (int i = 0; i < 8; ++i) {
    for (RateHandle* handle : {&alice, &dev}) {
      const RateTicket ticket = handle->admit(kT);
      admitted += ticket.admitted ? 1 : 0;
      by_tenant += !ticket.admitted && ticket.per == LimitPer::Tenant ? 1 : 0;
    }
  }
  EXPECT_EQ(admitted, 10U);
  EXPECT_EQ(by_tenant, 6U);

  const RateLimits own_only({.rules = {rule("own", LimitPer::Principal, 8)}}, limits);
  EXPECT_EQ(admitted_of(own_only.handle(person("alice"), kInference), 100), 3U);
}

TEST(RateLimits, TellTheLongestWaitOfTheRefusingRules) {
  RateRule slow = rule("slow", LimitPer::Tenant, 1);
  slow.rate.every = base::Seconds(30);
  const RateLimits limits({.rules = {rule("own", LimitPer::Principal, 1), slow}});
  RateHandle handle = limits.handle(person("alice"), kInference);
  ASSERT_TRUE(handle.admit(kT).admitted);

  const RateTicket refused = handle.admit(kT);

  EXPECT_EQ(refused.per, LimitPer::Tenant);
  EXPECT_EQ(refused.retry_after, base::Seconds(30));
}

TEST(RateLimits, ShowTheTightestRule) {
  const RateLimits limits(
      {.rules = {rule("tenant", LimitPer::Tenant, 4), rule("own", LimitPer::Principal, 9)}});
  EXPECT_EQ(limits.handle(person("alice"), kInference).admit(kT).shown->limit, 4U);
}

TEST(RateLimits, AdmitExactlyTheBurstOfSimultaneousRequests) {
  constexpr int kThreads = 8;
  for (int round = 0; round < 50; ++round) {
    const RateLimits limits(
        {.rules = {rule("own", LimitPer::Principal, 5), rule("tenant", LimitPer::Tenant, 1'000)}});
    std::atomic<uint32_t> admitted = 0;
    std::barrier start(kThreads);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        RateHandle handle = limits.handle(person("alice"), kInference);
        start.arrive_and_wait();
        for (int request = 0; request < 25; ++request) {
          admitted += handle.admit(kT).admitted ? 1 : 0;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(admitted, 5U);
  }
}

TEST(RateLimits, ThatNeedAModelBindWhenItIsKnown) {
  RateRule narrowed = rule("narrow", LimitPer::Principal, 2);
  narrowed.scope.models = {"qwen*"};
  const RateLimits limits({.rules = {rule("model", LimitPer::Model, 3), narrowed}});
  EXPECT_TRUE(limits.any_for_models());
  LimitSubject subject = person("alice");
  EXPECT_TRUE(limits.handle(subject, kInference).empty());
  subject.model = "general";
  EXPECT_EQ(admitted_of(limits.model_handle(subject, kInference), 9), 3U);
  subject.model = "qwen3";
  EXPECT_EQ(admitted_of(limits.model_handle(subject, kInference), 9), 2U);
}

TEST(RateLimits, PerKeyDoNotBindOtherCredentials) {
  const RateLimits limits({.rules = {rule("key", LimitPer::Key, 1)}});
  LimitSubject subject = person("alice");
  EXPECT_TRUE(limits.handle(subject, kInference).empty());
  subject.key = "k1";
  EXPECT_EQ(admitted_of(limits.handle(subject, kInference), 5), 1U);
}

TEST(RateLimits, GiveBackWhatALaterGateRefused) {
  const RateLimits limits({.rules = {rule("r", LimitPer::Principal, 1)}});
  RateHandle handle = limits.handle(person("alice"), kInference);
  ASSERT_TRUE(handle.admit(kT).admitted);
  handle.give_back();
  EXPECT_TRUE(handle.admit(kT).admitted);
}

TEST(RateLimits, KeepCountingAfterAReloadUnlessTheRateChanged) {
  const RateLimits before({.rules = {rule("r", LimitPer::Principal, 5)}});
  ASSERT_EQ(admitted_of(before.handle(person("alice"), kInference), 4), 4U);

  RateRule narrowed = rule("r", LimitPer::Principal, 5);
  narrowed.scope.roles = kUser;
  const RateLimits same({.rules = {narrowed}}, before);
  EXPECT_EQ(admitted_of(same.handle(person("alice"), kInference), 9), 1U);

  const RateLimits other({.rules = {rule("r", LimitPer::Principal, 6)}}, same);
  EXPECT_EQ(admitted_of(other.handle(person("alice"), kInference), 9), 6U);
}

TEST(RateLimits, RefuseNewSubjectsWhileTheTableIsFullOfBusyOnes) {
  const RateLimits limits({.rules = {rule("r", LimitPer::Principal, 5)}, .most_cells = 2});
  ASSERT_EQ(admitted_of(limits.handle(person("a"), kInference), 2), 2U);
  ASSERT_EQ(admitted_of(limits.handle(person("b"), kInference), 1), 1U);

  RateHandle third = limits.handle(person("c"), kInference);
  const RateTicket refused = third.admit(kT);

  EXPECT_FALSE(refused.admitted);
  EXPECT_TRUE(refused.table_full);
  EXPECT_EQ(refused.retry_after, base::Seconds(1));
  EXPECT_TRUE(third.admit(kT + base::Seconds(1)).admitted);
  EXPECT_EQ(limits.cells(), 2U);
}

TEST(RateLimits, HandlesThatOutliveTheirCellAgreeOnItsSuccessor) {
  const RateLimits limits({.rules = {rule("r", LimitPer::Principal, 5)}, .most_cells = 1});
  RateHandle old = limits.handle(person("a"), kInference);
  ASSERT_TRUE(old.admit(kT).admitted);
  const base::MonoTime idle = kT + base::Seconds(5);
  ASSERT_TRUE(limits.handle(person("b"), kInference).admit(idle).admitted);
  EXPECT_TRUE(old.admit(idle).table_full);
  const base::MonoTime later = idle + base::Seconds(5);

  EXPECT_EQ(admitted_of(old, 3, later), 3U);
  EXPECT_EQ(admitted_of(limits.handle(person("a"), kInference), 9, later), 2U);
}

TEST(RateLimits, StayWithinTheTableUnderManySubjects) {
  const RateLimits limits({.rules = {rule("r", LimitPer::Principal, 1)}, .most_cells = 100});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&limits, thread] {
      for (int i = 0; i < 2'000; ++i) {
        const std::string name = std::to_string(thread) + "-" + std::to_string(i);
        (void)limits.handle(person(name), kInference).admit(kT + base::Millis(i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(limits.cells(), 100U);
}

}  // namespace
}  // namespace srasta::access
