#include "net/loop.h"

#include "net/scope.h"
#include "net/task.h"
#include "testing/manual_clock.h"

#include <vector>

#include <gtest/gtest.h>

namespace srasta::net {
namespace {

TEST(Loop, TellsHowLongARoundTakes) {
  testing::ManualClock clock;
  clock.advance(base::Seconds(1));
  Loop loop(clock);
  base::Micros seen{};
  loop.post([&] {
    clock.advance(base::Seconds(2));
    seen = loop.busy_for(clock.mono());
    loop.stop();
  });
  EXPECT_EQ(loop.busy_for(clock.mono()), base::Micros(0));
  loop.run();
  EXPECT_EQ(seen, base::Micros(base::Seconds(2)));
}

TEST(Loop, RemembersTheLongestRound) {
  testing::ManualClock clock;
  clock.advance(base::Seconds(1));
  Loop loop(clock);
  loop.post([&] {
    clock.advance(base::Seconds(3));
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  EXPECT_EQ(loop.take_longest_round(), base::Micros(base::Seconds(3)));
  EXPECT_EQ(loop.take_longest_round(), base::Micros(0));
}

TEST(Yield, LetsOthersHaveTheirTurn) {
  testing::ManualClock clock;
  clock.advance(base::Seconds(1));
  Loop loop(clock);
  std::vector<int> order;
  loop.post([&] { order.push_back(2); });
  spawn([](Loop& on, std::vector<int>& out) -> Task<void> {
    out.push_back(1);
    co_await Yield(on);
    out.push_back(3);
    on.stop();
  }(loop, order));
  loop.post([&] {});
  loop.run();
  EXPECT_EQ(order.front(), 1);
  EXPECT_EQ(order.size(), 3U);
}

}  // namespace
}  // namespace srasta::net
