#include "base/clock.h"

#include <gtest/gtest.h>

namespace srasta::base {
namespace {

TEST(FormatUtc, HasFixedWidthAndMicroseconds) {
  EXPECT_EQ(format_utc(WallTime(Micros(0))), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_utc(WallTime(Micros(1'764'000'301'000'123))), "2025-11-24T16:05:01.000123Z");
}

TEST(UnixSeconds, RoundsDownBeforeTheEpochToo) {
  EXPECT_EQ(unix_seconds(WallTime(Micros(1'999'999))), 1);
  EXPECT_EQ(unix_seconds(WallTime(Micros(-1))), -1);
}

}  // namespace
}  // namespace srasta::base
