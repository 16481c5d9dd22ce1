#pragma once

#include "base/clock.h"

#include <array>
#include <cstdint>

namespace srasta::inference {

/// How often requests may be tried again elsewhere: within ten seconds at most `kShare` percent of
/// the requests that came, and `kAlways` of them whatever came, so that engines that are in trouble
/// do not get more work for it. For one thread.
class RetryBudget {
 public:
  static constexpr uint64_t kShare = 10;
  static constexpr uint64_t kAlways = 3;

  /// A request came.
  void request(base::MonoTime now);
  /// Whether one may be tried again; if so, it is counted.
  [[nodiscard]] bool take(base::MonoTime now);

 private:
  static constexpr size_t kSlots = 10;  // of a second each
  struct Slot {
    int64_t second = -1;
    uint64_t requests = 0;
    uint64_t retries = 0;
  };
  Slot& slot_at(base::MonoTime now);

  std::array<Slot, kSlots> slots_;
};

}  // namespace srasta::inference
