#include "net/loop.h"

#include "net/scope.h"
#include "net/task.h"
#include "testing/manual_clock.h"

#include <array>
#include <string>
#include <sys/eventfd.h>
#include <unistd.h>
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

TEST(Yield, EndsInARoundWithoutEvents) {
  testing::ManualClock clock;
  clock.advance(base::Seconds(1));
  Loop loop(clock);
  spawn([](Loop& on) -> Task<void> {
    co_await Yield(on);
    co_await Yield(on);
    on.stop();
  }(loop));
  loop.run();
}

/// Decides and sends once, at its first event; the last of its kind stops the loop.
class Sender final : public Watched {
 public:
  Sender(Loop& loop, std::string& order)
      : loop_(loop), order_(order), descriptor_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) {
    EXPECT_TRUE(loop_.watch(descriptor_, *this));
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() override {
    loop_.forget(descriptor_, *this);
    ::close(descriptor_);
  }
  void on_ready(uint32_t /*events*/) override { spawn(decide_and_send()); }

 private:
  Task<void> decide_and_send() {
    order_ += 'd';
    co_await SendTurn(loop_);
    order_ += 's';
    if (order_.size() == 6) loop_.stop();
  }
  Loop& loop_;
  std::string& order_;
  int descriptor_;
};

TEST(SendTurn, LetsARoundDecideBeforeItSends) {
  testing::ManualClock clock;
  clock.advance(base::Seconds(1));
  Loop loop(clock);
  std::string order;
  const Sender first(loop, order);
  const Sender second(loop, order);
  const Sender third(loop, order);
  loop.run();
  EXPECT_EQ(order, "dddsss");
}

TEST(SendTurn, DoesNotWaitOutsideOfEvents) {
  testing::ManualClock clock;
  clock.advance(base::Seconds(1));
  Loop loop(clock);
  bool sent = false;
  spawn([](Loop& on, bool& out) -> Task<void> {
    co_await SendTurn(on);
    out = true;
  }(loop, sent));
  EXPECT_TRUE(sent);
}

}  // namespace
}  // namespace srasta::net
