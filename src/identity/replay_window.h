#pragma once

#include "base/clock.h"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace srasta::identity {

/// Remembers which counters of which senders were used, in memory that does not grow with traffic:
/// per sender the highest counter and the 4,096 below it. Older counters count as used. A sender is
/// forgotten when every timestamp it could repeat is outside the accepted skew. For one thread.
class ReplayWindow {
 public:
  enum class Verdict : uint8_t { Replay, Busy, Fresh };

  static constexpr size_t kWidth = 4096;
  static constexpr size_t kMaxSenders = 1024;

  /// `started`: own start. `skew`: how far a timestamp may be from the receiver's clock.
  ReplayWindow(base::WallTime started, base::Seconds skew) : started_(started), skew_(skew) {}

  /// Marks `counter` of `sender` as used. Fresh exactly once for each. An unknown sender is Fresh
  /// only with a timestamp after `started`. Busy: too many senders at once.
  [[nodiscard]] Verdict use(const std::string& sender, uint64_t counter, base::WallTime timestamp,
                            base::WallTime now);

  [[nodiscard]] size_t senders() const { return senders_.size(); }

 private:
  struct Sender {
    uint64_t highest = 0;
    std::bitset<kWidth> used;  ///< bit n: highest - n
    base::WallTime newest{};
  };
  void forget_old(base::WallTime now);

  base::WallTime started_;
  base::Seconds skew_;
  std::unordered_map<std::string, Sender> senders_;
};

}  // namespace srasta::identity
