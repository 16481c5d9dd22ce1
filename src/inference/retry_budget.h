#pragma once

#include "base/clock.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>

namespace srasta::inference {

/// How often requests may be tried again elsewhere: within ten seconds at most `kShare` percent of
/// the requests that came to all cores, and `kAlways` of them whatever came, so that engines that
/// are in trouble do not get more work for it.
class RetryBudget {
 public:
  static constexpr uint64_t kShare = 10;
  static constexpr uint64_t kAlways = 10;

  /// What came to one core. Its thread alone writes.
  class Requests {
   public:
    void count(base::MonoTime now);

   private:
    friend class RetryBudget;
    struct Slot {
      std::atomic<int64_t> second = -1;
      std::atomic<uint64_t> requests = 0;
    };
    [[nodiscard]] uint64_t since(int64_t second) const;
    std::array<Slot, 10> slots_;
  };
  /// One for each core, before any other call; stays where it is.
  [[nodiscard]] Requests& add_core();

  /// Whether one may be tried again; if so, it is counted. Any thread.
  [[nodiscard]] bool take(base::MonoTime now);

 private:
  struct Slot {
    int64_t second = -1;
    uint64_t retries = 0;
  };
  std::deque<Requests> cores_;
  std::mutex mutex_;
  std::array<Slot, 10> retries_;
};

}  // namespace srasta::inference
