#include "access/budget_period.h"

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

base::WallTime at(int64_t seconds) {
  return base::WallTime(base::Seconds(seconds));
}

std::pair<std::string, std::string> span_of(BudgetPeriod period, base::WallTime now) {
  const PeriodSpan span = period_at(period, now);
  EXPECT_LE(span.start, now);
  EXPECT_GT(span.end, now);
  return {base::format_utc(span.start).substr(0, 19), base::format_utc(span.end).substr(0, 19)};
}

TEST(BudgetPeriod, IsADayOrAMonthOfUtc) {
  const std::pair<std::string, std::string> day{"2026-01-02T00:00:00", "2026-01-03T00:00:00"};
  EXPECT_EQ(span_of(BudgetPeriod::Day, at(1'767'323'045)), day);
  const std::pair<std::string, std::string> month{"2026-01-01T00:00:00", "2026-02-01T00:00:00"};
  EXPECT_EQ(span_of(BudgetPeriod::Month, at(1'767'323'045)), month);
}

TEST(BudgetPeriod, EndsWithTheYearAndKnowsLeapDays) {
  const std::pair<std::string, std::string> december{"2026-12-01T00:00:00", "2027-01-01T00:00:00"};
  EXPECT_EQ(span_of(BudgetPeriod::Month, at(1'798'761'599)), december);
  const std::pair<std::string, std::string> february{"2028-02-01T00:00:00", "2028-03-01T00:00:00"};
  EXPECT_EQ(span_of(BudgetPeriod::Month, at(1'835'395'200)), february);
}

TEST(BudgetPeriod, BeginsWithItsFirstMicrosecond) {
  const base::WallTime midnight = at(1'767'312'000);
  EXPECT_EQ(period_at(BudgetPeriod::Day, midnight).start, midnight);
  EXPECT_EQ(period_at(BudgetPeriod::Day, midnight - base::Micros(1)).end, midnight);
}

}  // namespace
}  // namespace srasta::access
