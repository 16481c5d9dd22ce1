#include "access/gcra.h"

#include <algorithm>
#include <limits>

namespace srasta::access {
namespace {

/// Bounds `now`, one interval and a whole window, so that their sums fit.
constexpr int64_t kLongest = int64_t{1} << 61;
constexpr int64_t kRetired = std::numeric_limits<int64_t>::max();

struct Window {
  int64_t every;
  int64_t burst;

  explicit Window(const GcraRate& rate)
      : every(std::clamp<int64_t>(rate.every.count(), 1, kLongest)),
        burst(std::min<int64_t>(rate.burst, kLongest / every)) {}

  [[nodiscard]] int64_t length() const { return every * burst; }
};

int64_t moment(base::MonoTime now) {
  return std::clamp<int64_t>(now.time_since_epoch().count(), 0, kLongest);
}

/// What is told when `ahead` us of the window are used.
GcraAnswer answer(const Window& window, int64_t ahead, int64_t wait) {
  const int64_t left = std::max<int64_t>(window.length() - ahead, 0) / window.every;
  return {.admitted = wait == 0,
          .remaining = static_cast<uint32_t>(left),
          .retry_after = base::Micros(wait),
          .reset = base::Micros(ahead)};
}

}  // namespace

GcraAnswer GcraCell::take(base::MonoTime now, const GcraRate& rate) {
  const Window window(rate);
  const int64_t at = moment(now);
  int64_t arrival = arrival_.load(std::memory_order_relaxed);
  while (arrival != kRetired) {
    const int64_t ahead = std::max(arrival, at) - at;
    const int64_t over = ahead + window.every - window.length();
    if (over > 0) return answer(window, ahead, over);
    const int64_t next = at + ahead + window.every;
    if (arrival_.compare_exchange_weak(arrival, next, std::memory_order_relaxed)) {
      return answer(window, ahead + window.every, 0);
    }
  }
  return {.retired = true};
}

GcraAnswer GcraCell::peek(base::MonoTime now, const GcraRate& rate) const {
  const Window window(rate);
  const int64_t at = moment(now);
  const int64_t arrival = arrival_.load(std::memory_order_relaxed);
  if (arrival == kRetired) return {.retired = true};
  const int64_t ahead = std::max(arrival, at) - at;
  return answer(window, ahead, std::max<int64_t>(ahead + window.every - window.length(), 0));
}

void GcraCell::give_back(const GcraRate& rate) {
  const Window window(rate);
  int64_t arrival = arrival_.load(std::memory_order_relaxed);
  // A retired cell was full: there is nothing to give back to.
  while (arrival != kRetired &&
         !arrival_.compare_exchange_weak(arrival, std::max<int64_t>(arrival - window.every, 0),
                                         std::memory_order_relaxed)) {
  }
}

bool GcraCell::retire(base::MonoTime now) {
  int64_t arrival = arrival_.load(std::memory_order_relaxed);
  return arrival <= moment(now) &&
         arrival_.compare_exchange_strong(arrival, kRetired, std::memory_order_relaxed);
}

base::MonoTime GcraCell::full_at() const {
  return base::MonoTime(base::Micros(arrival_.load(std::memory_order_relaxed)));
}

int64_t retry_after_seconds(base::Micros wait) {
  constexpr int64_t kSecond = 1'000'000;
  const int64_t whole = wait.count() / kSecond + (wait.count() % kSecond > 0 ? 1 : 0);
  return std::max<int64_t>(whole, 1);
}

}  // namespace srasta::access
