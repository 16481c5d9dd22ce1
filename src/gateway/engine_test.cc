#include "gateway/engine.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::gateway {
namespace {

using Waited = Engine::Waited;

/// A loop that runs what it was given until nothing waits any more.
class Waiters {
 public:
  explicit Waiters(Engine& engine) : engine_(engine) {}

  void add(std::string tenant, uint64_t cost, base::Micros within = base::Seconds(30)) {
    net::spawn(wait(std::move(tenant), cost, within));
  }
  void cancel() { scope_.cancel(); }
  /// Gives one place back for each that is expected, and stops at the last.
  std::vector<std::string> run(size_t expected) {
    expected_ = expected;
    loop.run();
    return std::move(told_);
  }

  const base::SystemClock clock;
  net::Loop loop{clock};

 private:
  net::Task<void> wait(std::string tenant, uint64_t cost, base::Micros within) {
    net::Scope scope(loop);
    const Waited waited = co_await engine_.wait_for_place(tenant, cost, scope, loop.now() + within);
    const bool entered = waited == Waited::Entered;
    told_.push_back(tenant + (entered                     ? ""
                              : waited == Waited::Full    ? " full"
                              : waited == Waited::Timeout ? " late"
                                                          : " left"));
    if (entered) engine_.leave();
    if (told_.size() == expected_) loop.stop();
  }

  Engine& engine_;
  net::Scope scope_{loop};
  size_t expected_ = 0;
  std::vector<std::string> told_;
};

TEST(Engine, HasNoMorePlacesThanItIsGiven) {
  Engine engine;
  engine.set({.places = 2, .queue = 0});
  EXPECT_TRUE(engine.enter());
  EXPECT_TRUE(engine.enter());
  EXPECT_FALSE(engine.enter());
  EXPECT_EQ(engine.in_hand(), 2U);
  engine.leave();
  EXPECT_TRUE(engine.enter());
}

TEST(Engine, IsSharedByThreads) {
  Engine engine;
  engine.set({.places = 3, .queue = 0});
  std::atomic<bool> too_many = false;
  std::atomic<int> inside = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20'000; ++round) {
        if (!engine.enter()) continue;
        if (inside.fetch_add(1) >= 3) too_many = true;
        inside.fetch_sub(1);
        engine.leave();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(too_many);
  EXPECT_EQ(engine.in_hand(), 0U);
}

TEST(Engine, GivesPlacesToThoseWhoWaitFairly) {
  Engine engine;
  engine.set({.places = 1, .queue = 100});
  ASSERT_TRUE(engine.enter());
  Waiters waiters(engine);
  for (int i = 0; i < 5; ++i) waiters.add("many", 10);
  waiters.add("one", 10);
  EXPECT_EQ(engine.waiting(), 6U);
  EXPECT_FALSE(engine.enter());
  engine.leave();
  const auto told = waiters.run(6);
  EXPECT_EQ(told[1], "one");
  EXPECT_EQ(engine.waiting(), 0U);
  EXPECT_EQ(engine.in_hand(), 0U);
}

TEST(Engine, IsNotEnteredPastThoseWhoWait) {
  Engine engine;
  engine.set({.places = 1, .queue = 100});
  ASSERT_TRUE(engine.enter());
  Waiters waiters(engine);
  waiters.add("first", 1);
  engine.leave();
  // The place was handed over, not freed.
  EXPECT_FALSE(engine.enter());
  EXPECT_EQ(waiters.run(1), std::vector<std::string>{"first"});
}

TEST(Engine, TellsThoseWhoFindNoRoom) {
  Engine engine;
  engine.set({.places = 1, .queue = 2});
  ASSERT_TRUE(engine.enter());
  Waiters waiters(engine);
  for (int i = 0; i < 3; ++i) waiters.add("many", 1);
  waiters.add("one", 1);
  engine.leave();
  const auto told = waiters.run(4);
  EXPECT_EQ(std::ranges::count(told, "many full"), 2);
  EXPECT_EQ(std::ranges::count(told, "many"), 1);
  EXPECT_EQ(std::ranges::count(told, "one"), 1);
}

TEST(Engine, ForgetsThoseWhoWaitedTooLong) {
  Engine engine;
  engine.set({.places = 1, .queue = 2});
  ASSERT_TRUE(engine.enter());
  Waiters waiters(engine);
  waiters.add("late", 1, base::Millis(1));
  EXPECT_EQ(waiters.run(1), std::vector<std::string>{"late late"});
  EXPECT_EQ(engine.waiting(), 0U);
  engine.leave();
  EXPECT_EQ(engine.in_hand(), 0U);
}

TEST(Trial, ThatIsDroppedIsGivenToTheNext) {
  Engine engine;
  engine.set({.breaker = {.failures = 1, .ejected_for = base::Micros(0)}});
  const base::MonoTime now(base::Seconds(1));
  EXPECT_TRUE(engine.report(inference::TryVerdict::NoAnswer, false, now));
  ASSERT_EQ(engine.ask(now), inference::Breaker::Pass::Trial);
  {
    const Trial dropped(engine);
    EXPECT_EQ(engine.ask(now), inference::Breaker::Pass::Refused);
  }
  ASSERT_EQ(engine.ask(now), inference::Breaker::Pass::Trial);
  Trial used(engine);
  EXPECT_TRUE(used.use());
  EXPECT_TRUE(engine.report(inference::TryVerdict::Good, true, now));
  EXPECT_FALSE(engine.is_troubled());
}

}  // namespace
}  // namespace srasta::gateway
