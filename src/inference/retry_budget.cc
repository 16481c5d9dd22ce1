#include "inference/retry_budget.h"

#include <algorithm>

namespace srasta::inference {
namespace {

constexpr int64_t kSeconds = 10;

int64_t second_of(base::MonoTime now) {
  return std::chrono::floor<base::Seconds>(now.time_since_epoch()).count();
}

size_t slot_of(int64_t second) {
  return static_cast<size_t>(second % kSeconds);
}

}  // namespace

void RetryBudget::Requests::count(base::MonoTime now) {
  const int64_t second = second_of(now);
  Slot& slot = slots_[slot_of(second)];
  const bool same = slot.second.load(std::memory_order_relaxed) == second;
  const uint64_t before = same ? slot.requests.load(std::memory_order_relaxed) : 0;
  slot.requests.store(before + 1, std::memory_order_relaxed);
  if (!same) slot.second.store(second, std::memory_order_relaxed);
}

uint64_t RetryBudget::Requests::since(int64_t second) const {
  uint64_t sum = 0;
  for (const Slot& slot : slots_) {
    if (slot.second.load(std::memory_order_relaxed) < second) continue;
    sum += slot.requests.load(std::memory_order_relaxed);
  }
  return sum;
}

RetryBudget::Requests& RetryBudget::add_core() {
  return cores_.emplace_back();
}

bool RetryBudget::take(base::MonoTime now) {
  const std::scoped_lock lock(mutex_);
  const int64_t second = second_of(now);
  const int64_t oldest = second - kSeconds + 1;
  uint64_t requests = 0;
  for (const Requests& core : cores_) requests += core.since(oldest);
  uint64_t retries = 0;
  for (const Slot& slot : retries_) retries += slot.second < oldest ? 0 : slot.retries;
  if (retries >= std::max(kAlways, requests * kShare / 100)) return false;
  Slot& slot = retries_[slot_of(second)];
  if (slot.second != second) slot = {.second = second};
  ++slot.retries;
  return true;
}

}  // namespace srasta::inference
