#include "access/source_limits.h"

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

constexpr base::MonoTime kNow{base::Seconds(1'000)};
constexpr SourceLimits::Settings kSmall{
    .connections = 2, .failures = 3, .refill = base::Millis(100), .verifications = 2, .sources = 4};

void fail(SourceLimits& limits, std::string_view source, base::MonoTime now) {
  ASSERT_TRUE(limits.begin_verification(source, now));
  limits.end_verification(source, true, now);
}

TEST(SourceLimits, BoundsConnectionsOfEachSource) {
  SourceLimits limits(kSmall);
  EXPECT_TRUE(limits.open("a"));
  EXPECT_TRUE(limits.open("a"));
  EXPECT_FALSE(limits.open("a"));
  EXPECT_TRUE(limits.open("b"));
  limits.close("a");
  EXPECT_TRUE(limits.open("a"));
}

TEST(SourceLimits, ForgetsASourceWithoutConnections) {
  SourceLimits limits(kSmall);
  ASSERT_TRUE(limits.open("a"));
  limits.close("a");
  EXPECT_EQ(limits.sources(), 0U);
}

TEST(SourceLimits, RefusesVerificationAfterTooManyFailures) {
  SourceLimits limits(kSmall);
  for (int i = 0; i < 4; ++i) fail(limits, "a", kNow);
  EXPECT_FALSE(limits.begin_verification("a", kNow));
  EXPECT_TRUE(limits.begin_verification("b", kNow));
  EXPECT_TRUE(limits.begin_verification("a", kNow + base::Millis(100)));
}

TEST(SourceLimits, DoesNotCountSuccesses) {
  SourceLimits limits(kSmall);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(limits.begin_verification("a", kNow));
    limits.end_verification("a", false, kNow);
  }
}

TEST(SourceLimits, BoundsVerificationsAtOnce) {
  SourceLimits limits(kSmall);
  EXPECT_TRUE(limits.begin_verification("a", kNow));
  EXPECT_TRUE(limits.begin_verification("a", kNow));
  EXPECT_FALSE(limits.begin_verification("a", kNow));
  limits.end_verification("a", false, kNow);
  EXPECT_TRUE(limits.begin_verification("a", kNow));
}

TEST(SourceLimits, SharesOneCountBeyondTheBoundOfSources) {
  SourceLimits limits(kSmall);
  for (const char* source : {"a", "b", "c", "d", "e", "f"}) {
    if (limits.begin_verification(source, kNow)) limits.end_verification(source, true, kNow);
  }
  EXPECT_LE(limits.sources(), 5U);
}

TEST(SourceNetwork, IsTheAddressOrItsFirst64Bits) {
  EXPECT_EQ(source_network("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(source_network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(source_network("unix"), "unix");
}

TEST(SourceLimits, LetAGoodCredentialBeVerifiedAgainBesideAFlood) {
  SourceLimits limits({.failures = 2, .good_credentials = 1});
  const base::MonoTime now{};
  ASSERT_TRUE(limits.begin_verification("s", now, "good"));
  limits.end_verification("s", false, now, "good");
  for (int i = 0; i < 4; ++i) {
    if (limits.begin_verification("s", now, "bad")) limits.end_verification("s", true, now, "bad");
  }
  EXPECT_FALSE(limits.begin_verification("s", now, "bad"));
  EXPECT_FALSE(limits.begin_verification("s", now, "other"));
  EXPECT_TRUE(limits.begin_verification("s", now, "good"));
  limits.end_verification("s", false, now, "good");

  const base::MonoTime later = now + base::Seconds(60);
  ASSERT_TRUE(limits.begin_verification("s", later, "other"));
  limits.end_verification("s", false, later, "other");
  for (int i = 0; i < 4; ++i) {
    if (limits.begin_verification("s", later, "bad")) {
      limits.end_verification("s", true, later, "bad");
    }
  }
  EXPECT_FALSE(limits.begin_verification("s", later, "good")) << "only so many are remembered";
}

}  // namespace
}  // namespace srasta::access
