#include "inference/breaker.h"

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

using Pass = Breaker::Pass;
using State = Breaker::State;

base::MonoTime at(int64_t seconds) {
  return base::MonoTime(base::Seconds(seconds));
}

Breaker ejected_at(int64_t seconds, TryVerdict verdict) {
  Breaker breaker;
  breaker.set({.failures = 3, .ejected_for = base::Seconds(5)});
  for (int i = 0; i < 3; ++i) (void)breaker.report(verdict, false, at(seconds));
  return breaker;
}

TEST(Breaker, EjectsAfterFailuresInARow) {
  Breaker breaker;
  breaker.set({.failures = 3, .ejected_for = base::Seconds(5)});
  EXPECT_FALSE(breaker.report(TryVerdict::NoAnswer, false, at(1)));
  EXPECT_FALSE(breaker.report(TryVerdict::BadAnswer, false, at(1)));
  EXPECT_FALSE(breaker.report(TryVerdict::Good, false, at(1)));
  EXPECT_FALSE(breaker.report(TryVerdict::NoAnswer, false, at(2)));
  EXPECT_FALSE(breaker.report(TryVerdict::Unknown, false, at(2)));
  EXPECT_FALSE(breaker.report(TryVerdict::NoAnswer, false, at(2)));
  EXPECT_EQ(breaker.ask(at(2)), Pass::Free);
  EXPECT_TRUE(breaker.report(TryVerdict::NoAnswer, false, at(2)));
  EXPECT_EQ(breaker.ask(at(2)), Pass::Refused);
  EXPECT_EQ(breaker.state(at(2)), State::Open);
}

TEST(Breaker, LetsOneTrialPassAtATime) {
  Breaker breaker = ejected_at(0, TryVerdict::NoAnswer);
  EXPECT_EQ(breaker.ask(at(4)), Pass::Refused);
  EXPECT_EQ(breaker.state(at(5)), State::HalfOpen);
  EXPECT_EQ(breaker.ask(at(5)), Pass::Trial);
  for (int i = 0; i < 99; ++i) EXPECT_EQ(breaker.ask(at(5)), Pass::Refused);
  EXPECT_TRUE(breaker.report(TryVerdict::Good, true, at(6)));
  EXPECT_EQ(breaker.ask(at(6)), Pass::Free);
}

TEST(Breaker, StaysOpenWhenTheTrialFails) {
  Breaker breaker = ejected_at(0, TryVerdict::NoAnswer);
  EXPECT_EQ(breaker.ask(at(5)), Pass::Trial);
  EXPECT_FALSE(breaker.report(TryVerdict::BadAnswer, true, at(6)));
  EXPECT_EQ(breaker.ask(at(10)), Pass::Refused);
  EXPECT_EQ(breaker.ask(at(11)), Pass::Trial);
}

TEST(Breaker, GivesTheTrialToTheNextWhenNothingCameOfIt) {
  Breaker breaker = ejected_at(0, TryVerdict::NoAnswer);
  EXPECT_EQ(breaker.ask(at(5)), Pass::Trial);
  EXPECT_FALSE(breaker.report(TryVerdict::Unknown, true, at(5)));
  EXPECT_EQ(breaker.ask(at(5)), Pass::Trial);
}

TEST(Breaker, IsNotClosedByRequestsFromBeforeTheEjection) {
  Breaker breaker = ejected_at(0, TryVerdict::NoAnswer);
  EXPECT_FALSE(breaker.report(TryVerdict::Good, false, at(1)));
  EXPECT_EQ(breaker.ask(at(1)), Pass::Refused);
  EXPECT_FALSE(breaker.report(TryVerdict::NoAnswer, false, at(4)));
  EXPECT_EQ(breaker.ask(at(5)), Pass::Trial);
}

TEST(Breaker, KnowsWhetherTheEngineAnsweredAtAll) {
  EXPECT_TRUE(ejected_at(0, TryVerdict::BadAnswer).answers());
  EXPECT_FALSE(ejected_at(0, TryVerdict::NoAnswer).answers());
}

TEST(Breaker, NeverEjectsWhenItIsOff) {
  Breaker breaker;
  breaker.set({.failures = 0});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(breaker.report(TryVerdict::NoAnswer, false, at(0)));
  }
  EXPECT_EQ(breaker.ask(at(0)), Pass::Free);
}

}  // namespace
}  // namespace srasta::inference
