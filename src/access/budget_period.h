#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string_view>

namespace srasta::access {

/// Calendar days and months of UTC.
enum class BudgetPeriod : uint8_t { Day, Month };

/// "day", "month".
[[nodiscard]] std::string_view to_string(BudgetPeriod period);

struct PeriodSpan {
  base::WallTime start;
  base::WallTime end;  ///< the start of the next one
};

/// The period that `now` is in.
[[nodiscard]] PeriodSpan period_at(BudgetPeriod period, base::WallTime now);

}  // namespace srasta::access
