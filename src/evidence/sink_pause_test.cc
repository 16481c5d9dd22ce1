#include "evidence/sink_pause.h"

#include "evidence/sink_lag.h"
#include "testing/seeded_entropy.h"

#include <set>

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

using base::Seconds;

TEST(SinkPause, DoublesToItsBoundAndBeginsAnew) {
  testing::SeededEntropy entropy(3);
  SinkPause pause({.first = Seconds(1), .longest = Seconds(10)});
  for (const int bound : {1, 2, 4, 8, 10, 10}) {
    const base::Micros given = pause.after_failure(entropy);
    EXPECT_GE(given, base::Micros(Seconds(bound)) / 2);
    EXPECT_LE(given, Seconds(bound));
  }
  pause.reset();
  EXPECT_LE(pause.after_failure(entropy), Seconds(1));
  EXPECT_GE(pause.after_refusal(entropy), Seconds(5));
}

TEST(SinkPause, DiffersFromSenderToSender) {
  testing::SeededEntropy entropy(3);
  std::set<base::Micros> given;
  for (int i = 0; i < 50; ++i) given.insert(SinkPause({}).after_refusal(entropy));
  EXPECT_GT(given.size(), 40U);
  EXPECT_LT(*given.begin(), Seconds(35));
  EXPECT_GT(*given.rbegin(), Seconds(55));
}

TEST(LagWatch, TellsOnceWhenASinkFallsBehindAndOnceWhenItHasCaughtUp) {
  LagWatch watch({.records = 100, .age = Seconds(10)});
  EXPECT_FALSE(watch.changes(100, Seconds(10)));
  EXPECT_TRUE(watch.changes(101, Seconds(1)));
  EXPECT_TRUE(watch.lagging());
  EXPECT_FALSE(watch.changes(5000, Seconds(99)));
  EXPECT_FALSE(watch.changes(51, Seconds(1))) << "at the bound nobody is told again and again";
  EXPECT_FALSE(watch.changes(1, Seconds(6)));
  EXPECT_TRUE(watch.changes(50, Seconds(5)));
  EXPECT_FALSE(watch.lagging());
  EXPECT_TRUE(watch.changes(1, Seconds(11)));
}

}  // namespace
}  // namespace srasta::evidence
