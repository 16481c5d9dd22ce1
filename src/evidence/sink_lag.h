#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string>

namespace srasta::evidence {

/// How far one sink is behind one stream.
struct SinkLag {
  std::string sink;
  std::string stream;
  uint64_t behind = 0;  ///< records that it lacks
  bool lagging = true;  ///< false: it has caught up
};

/// Tells when a sink begins to lag and when it has caught up: past a bound, and below half of it,
/// so that one who stands at the bound is not told of again and again. Pure.
class LagWatch {
 public:
  struct Limits {
    uint64_t records = 100'000;
    base::Micros age = base::Seconds(300);
  };

  explicit LagWatch(Limits limits) : limits_(limits) {}

  /// `age` is that of the oldest record that the sink lacks. Whether `lagging()` has changed.
  [[nodiscard]] bool changes(uint64_t behind, base::Micros age);
  [[nodiscard]] bool lagging() const { return lagging_; }

 private:
  const Limits limits_;
  bool lagging_ = false;
};

}  // namespace srasta::evidence
