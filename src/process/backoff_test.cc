#include "process/backoff.h"

#include <gtest/gtest.h>

namespace srasta::process {
namespace {

using base::Millis;
using base::MonoTime;
using base::Seconds;

TEST(Backoff, DoublesUpToItsLongest) {
  Backoff backoff({.first = Millis(100), .longest = Millis(1000), .reset_after = Seconds(60)});
  const MonoTime start{};

  for (const int expected : {100, 200, 400, 800, 1000, 1000}) {
    EXPECT_EQ(backoff.after_run(start, start + Seconds(1)), Millis(expected));
  }
}

TEST(Backoff, IsShortAgainAfterALongRun) {
  Backoff backoff({.first = Millis(100), .longest = Millis(1000), .reset_after = Seconds(60)});
  const MonoTime start{};
  for (int i = 0; i < 5; ++i) EXPECT_GE(backoff.after_run(start, start), Millis(100));

  EXPECT_EQ(backoff.after_run(start, start + Seconds(60)), Millis(100));
  EXPECT_EQ(backoff.after_run(start, start + Seconds(59)), Millis(200));
}

}  // namespace
}  // namespace srasta::process
