#include "audit/flood.h"

#include "testing/manual_clock.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

class Floods : public ::testing::Test {
 protected:
  int admitted(std::string_view network, Reason reason, int count) {
    int singles = 0;
    for (int i = 0; i < count; ++i) {
      singles += gate_.admit(network, reason, clock_.wall(), clock_.mono()) ? 1 : 0;
    }
    return singles;
  }

  testing::ManualClock clock_;
  FloodGate gate_;
};

TEST_F(Floods, RecordTheFirstTwentyOfASourceAndReasonOneByOne) {
  EXPECT_EQ(admitted("203.0.113.0/24", Reason::Exp, 20), 20);
  EXPECT_EQ(admitted("203.0.113.0/24", Reason::Exp, 80), 0);
  EXPECT_EQ(admitted("203.0.113.0/24", Reason::Aud, 1), 1);
  EXPECT_EQ(admitted("198.51.100.0/24", Reason::Exp, 1), 1);
}

TEST_F(Floods, TellOfTheRestWhenTheWindowEnds) {
  (void)admitted("203.0.113.0/24", Reason::Exp, 25);
  clock_.advance(base::Seconds(5));
  (void)admitted("203.0.113.0/24", Reason::Exp, 2);
  EXPECT_TRUE(gate_.take_ended(clock_.mono()).empty());
  const base::WallTime last = clock_.wall();
  clock_.advance(base::Seconds(5));

  const std::vector<Flood> ended = gate_.take_ended(clock_.mono());

  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].reason, Reason::Exp);
  EXPECT_EQ(ended[0].count, 7U);
  EXPECT_EQ(ended[0].last, last);
  EXPECT_EQ(ended[0].last - ended[0].first, base::Seconds(5));
  EXPECT_TRUE(gate_.take_ended(clock_.mono()).empty());
  EXPECT_EQ(admitted("203.0.113.0/24", Reason::Exp, 1), 1);
}

TEST_F(Floods, CountWhatMayNotBeRecordedInAnyCase) {
  EXPECT_EQ(admitted("203.0.113.0/24", Reason::Exp, 1), 1);
  gate_.count("203.0.113.0/24", Reason::Exp, clock_.wall(), clock_.mono());
  gate_.count("198.51.100.0/24", Reason::Aud, clock_.wall(), clock_.mono());
  EXPECT_EQ(admitted("203.0.113.0/24", Reason::Exp, 1), 1)
      << "the first few still get their record";
  clock_.advance(base::Seconds(10));

  const std::vector<Flood> ended = gate_.take_ended(clock_.mono());

  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[0].count, 1U);
  EXPECT_EQ(ended[1].count, 1U);
}

TEST_F(Floods, FromManySourcesStayWithinBounds) {
  int singles = 0;
  for (int i = 0; i < 10'000; ++i) singles += admitted("net-" + std::to_string(i), Reason::Exp, 1);

  EXPECT_EQ(singles, 4096 + 20);
  clock_.advance(base::Seconds(10));
  const std::vector<Flood> ended = gate_.take_ended(clock_.mono());
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].count, 10'000U - 4096U - 20U);
}

TEST_F(Floods, BecomeOneRecord) {
  const Event event = flood_event({Reason::Exp, 7, clock_.wall(), clock_.wall()});

  EXPECT_EQ(event.act, Act::AuthFlood);
  EXPECT_EQ(event.outcome, Outcome::Deny);
  EXPECT_EQ(event.data.members().size(), 4U);
}

}  // namespace
}  // namespace srasta::audit
