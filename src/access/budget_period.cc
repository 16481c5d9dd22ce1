#include "access/budget_period.h"

#include <chrono>

namespace srasta::access {

std::string_view to_string(BudgetPeriod period) {
  return period == BudgetPeriod::Day ? "day" : "month";
}

PeriodSpan period_at(BudgetPeriod period, base::WallTime now) {
  namespace calendar = std::chrono;
  const calendar::sys_days day = calendar::floor<calendar::days>(now);
  if (period == BudgetPeriod::Day) return {day, day + calendar::days(1)};
  const calendar::year_month_day date(day);
  const calendar::year_month month(date.year(), date.month());
  return {calendar::sys_days(month / 1), calendar::sys_days((month + calendar::months(1)) / 1)};
}

}  // namespace srasta::access
