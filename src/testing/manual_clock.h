#pragma once

#include "base/clock.h"

#include <atomic>

namespace srasta::testing {

/// A clock that stands still until a test moves it. Begins at 2026-01-02T03:04:05.000000Z.
class ManualClock final : public base::Clock {
 public:
  [[nodiscard]] base::WallTime wall() const override {
    return base::WallTime(kBegin + passed_.load() + set_by_.load());
  }
  [[nodiscard]] base::MonoTime mono() const override { return base::MonoTime(passed_.load()); }

  void advance(base::Micros by) { passed_ = passed_.load() + by; }
  /// Somebody sets the wall clock.
  void set_wall(base::Micros by) { set_by_ = set_by_.load() + by; }

 private:
  static constexpr base::Micros kBegin = base::Seconds(1767323045);
  std::atomic<base::Micros> passed_{base::Micros(0)};
  std::atomic<base::Micros> set_by_{base::Micros(0)};
};

}  // namespace srasta::testing
