#pragma once

#include "base/clock.h"

#include <atomic>
#include <cstdint>

namespace srasta::access {

/// `burst` at once, one more per `every`. A burst of 0 admits nothing. `every` below 1 us counts as
/// 1 us; where burst * every is more than 2^61 us (73,000 years) the burst is cut to what fits, so
/// that no value admits more than it says.
struct GcraRate {
  uint32_t burst = 0;
  base::Micros every{0};

  friend bool operator==(const GcraRate&, const GcraRate&) = default;
};

/// What a cell answers. Zero is a refusal.
struct [[nodiscard]] GcraAnswer {
  bool admitted = false;
  /// The cell was retired: its owner has another one for the same subject now, or makes one.
  bool retired = false;
  uint32_t remaining = 0;       ///< that would be admitted at the same moment from here on
  base::Micros retry_after{0};  ///< until one would be admitted; 0 if this one was
  base::Micros reset{0};        ///< until the full burst is back
};

/// The generic cell rate algorithm on one word: the theoretical arrival time, in microseconds of
/// the monotonic clock. Any thread, without locks, and exact: of any number of simultaneous
/// requests exactly `burst` are admitted. The rate is the caller's, the same in every call; times
/// are at least 0 and may come slightly out of order.
class GcraCell {
 public:
  GcraAnswer take(base::MonoTime now, const GcraRate& rate);
  /// What `take` would answer, but with `remaining` as it is before.
  [[nodiscard]] GcraAnswer peek(base::MonoTime now, const GcraRate& rate) const;
  /// Undoes one `take` that was admitted. Exact at the moment of that take; later it may return as
  /// much as came back by itself meanwhile, and never more than one.
  void give_back(const GcraRate& rate);

  /// If the full burst is there at `now`: refuses everything from here on, as `retired`.
  [[nodiscard]] bool retire(base::MonoTime now);
  /// When the full burst will be back.
  [[nodiscard]] base::MonoTime full_at() const;

 private:
  std::atomic<int64_t> arrival_{0};
};

/// For `Retry-After`: rounded up, at least 1.
[[nodiscard]] int64_t retry_after_seconds(base::Micros wait);

}  // namespace srasta::access
