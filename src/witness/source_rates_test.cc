#include "witness/source_rates.h"

#include <gtest/gtest.h>

namespace srasta::witness {
namespace {

constexpr base::MonoTime kNow{base::Seconds(100)};

SourceRates::Settings settings() {
  return {.connections = 2, .burst = 3, .every = base::Millis(10), .sources = 2};
}

TEST(SourceRates, BoundConnectionsOfOneNetwork) {
  SourceRates rates(settings());
  EXPECT_TRUE(rates.open("2001:db8::1", kNow));
  EXPECT_TRUE(rates.open("2001:db8::2", kNow));
  EXPECT_FALSE(rates.open("2001:db8::3", kNow)) << "the same /64";
  EXPECT_TRUE(rates.open("192.0.2.1", kNow));
  rates.close("2001:db8::1");
  EXPECT_TRUE(rates.open("2001:db8::3", kNow));
}

TEST(SourceRates, GiveRequestsBackOneByOne) {
  SourceRates rates(settings());
  ASSERT_TRUE(rates.open("192.0.2.1", kNow));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(rates.take("192.0.2.1", kNow));
  EXPECT_FALSE(rates.take("192.0.2.1", kNow));
  EXPECT_TRUE(rates.take("192.0.2.1", kNow + base::Millis(10)));
  EXPECT_FALSE(rates.take("192.0.2.1", kNow + base::Millis(10)));
}

TEST(SourceRates, RememberBusySourcesOnly) {
  SourceRates rates(settings());
  ASSERT_TRUE(rates.open("192.0.2.1", kNow));
  ASSERT_TRUE(rates.open("192.0.2.2", kNow));
  EXPECT_FALSE(rates.open("192.0.2.3", kNow)) << "the table is full";
  ASSERT_TRUE(rates.take("192.0.2.2", kNow));
  rates.close("192.0.2.2");
  EXPECT_FALSE(rates.open("192.0.2.3", kNow)) << "its rate is still remembered";
  EXPECT_TRUE(rates.open("192.0.2.3", kNow + base::Millis(10)));
}

}  // namespace
}  // namespace srasta::witness
