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

TEST(Utc, IsReadAsItIsWritten) {
  for (const int64_t micros :
       {int64_t{0}, int64_t{1}, int64_t{1'767'323'045'000'123}, int64_t{253'402'300'799'999'999}}) {
    const WallTime time{Micros(micros)};
    EXPECT_EQ(parse_utc(format_utc(time)), time) << micros;
  }
  for (const std::string_view bad :
       {"", "2026-11-24T09:05:01.000123", "2026-11-24T09:05:01.000123z",
        "2026-02-30T09:05:01.000123Z", "2026-00-01T09:05:01.000123Z", "2026-11-24T24:05:01.000123Z",
        "2026-11-24T09:60:01.000123Z", "2026-11-24T09:05:60.000123Z", "2026-11-24 09:05:01.000123Z",
        "2026-11-24T09:05:01.00012xZ", "-026-11-24T09:05:01.000123Z"}) {
    EXPECT_FALSE(parse_utc(bad)) << bad;
  }
}

}  // namespace
}  // namespace srasta::base
