#pragma once

#include "base/clock.h"

namespace srasta::process {

/// How long to wait before a service that ended is started again: doubled each time, and short
/// again after it has stayed up. Pure.
class Backoff {
 public:
  struct Settings {
    base::Millis first{100};
    base::Millis longest{10'000};
    base::Seconds reset_after{60};
  };

  explicit Backoff(Settings settings) : settings_(settings), next_(settings.first) {}

  /// The wait after a run that began at `started` and ended at `ended`.
  [[nodiscard]] base::Millis after_run(base::MonoTime started, base::MonoTime ended);

 private:
  Settings settings_;
  base::Millis next_;
};

}  // namespace srasta::process
