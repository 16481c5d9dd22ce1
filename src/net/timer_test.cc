#include "net/timer.h"

#include <memory>

#include <gtest/gtest.h>

namespace srasta::net {
namespace {

using base::Micros;
using base::Millis;
using base::MonoTime;
using base::Seconds;

class Recorder final : public Timer {
 public:
  int fired = 0;

 private:
  void on_timeout() override { ++fired; }
};

MonoTime at(Micros since_start) {
  return MonoTime(Seconds(1000) + since_start);
}

TEST(TimerWheel, FiresOnceAndNeverEarly) {
  TimerWheel wheel;
  wheel.advance(at(Micros(0)));
  Recorder timer;
  wheel.arm(timer, at(Millis(100)));

  for (int millis = 0; millis < 100; ++millis) wheel.advance(at(Millis(millis)));
  EXPECT_EQ(timer.fired, 0);

  wheel.advance(at(Millis(120)));
  wheel.advance(at(Millis(200)));
  EXPECT_EQ(timer.fired, 1);
  EXPECT_FALSE(timer.armed());
}

TEST(TimerWheel, KeepsTimersOfLaterRotations) {
  TimerWheel wheel;
  wheel.advance(at(Micros(0)));
  Recorder timer;
  wheel.arm(timer, at(Seconds(75)));

  for (int second = 0; second < 75; ++second) wheel.advance(at(Seconds(second)));
  EXPECT_EQ(timer.fired, 0);

  wheel.advance(at(Seconds(76)));
  EXPECT_EQ(timer.fired, 1);
}

TEST(TimerWheel, FiresAfterALongPause) {
  TimerWheel wheel;
  wheel.advance(at(Micros(0)));
  Recorder soon;
  Recorder later;
  wheel.arm(soon, at(Millis(10)));
  wheel.arm(later, at(Seconds(20)));

  wheel.advance(at(Seconds(1000)));

  EXPECT_EQ(soon.fired, 1);
  EXPECT_EQ(later.fired, 1);
}

TEST(TimerWheel, ForgetsWhatIsDisarmedOrDestroyed) {
  TimerWheel wheel;
  wheel.advance(at(Micros(0)));
  Recorder kept;
  {
    Recorder gone;
    wheel.arm(gone, at(Millis(10)));
    wheel.arm(kept, at(Millis(10)));
  }
  kept.disarm();

  wheel.advance(at(Seconds(1)));

  EXPECT_EQ(kept.fired, 0);
  EXPECT_EQ(wheel.until_next(at(Seconds(1))), Millis::max());
}

TEST(TimerWheel, SaysHowLongToSleep) {
  TimerWheel wheel;
  wheel.advance(at(Micros(0)));
  Recorder timer;
  wheel.arm(timer, at(Millis(100)));

  const Millis wait = wheel.until_next(at(Micros(0)));

  EXPECT_GE(wait, Millis(95));
  EXPECT_LE(wait, Millis(120));
}

class Ender final : public Timer {
 public:
  explicit Ender(std::unique_ptr<Timer>& other) : other_(other) {}

 private:
  void on_timeout() override { other_.reset(); }
  std::unique_ptr<Timer>& other_;
};

TEST(TimerWheel, LetsOneTimerEndAnotherThatIsDueToo) {
  TimerWheel wheel;
  wheel.advance(base::MonoTime{});
  std::unique_ptr<Timer> first;
  std::unique_ptr<Timer> second;
  first = std::make_unique<Ender>(second);
  second = std::make_unique<Ender>(first);
  const base::MonoTime due{base::Millis(100)};
  wheel.arm(*first, due);
  wheel.arm(*second, due);

  wheel.advance(due + base::Millis(100));

  EXPECT_NE(first == nullptr, second == nullptr);
}

}  // namespace
}  // namespace srasta::net
