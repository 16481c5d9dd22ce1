#include "inference/retry_budget.h"

#include <algorithm>

namespace srasta::inference {
namespace {

int64_t second_of(base::MonoTime now) {
  return std::chrono::floor<base::Seconds>(now.time_since_epoch()).count();
}

}  // namespace

RetryBudget::Slot& RetryBudget::slot_at(base::MonoTime now) {
  const int64_t second = second_of(now);
  Slot& slot = slots_[static_cast<size_t>(second) % kSlots];
  if (slot.second != second) slot = {.second = second};
  return slot;
}

void RetryBudget::request(base::MonoTime now) {
  ++slot_at(now).requests;
}

bool RetryBudget::take(base::MonoTime now) {
  Slot& current = slot_at(now);
  const int64_t oldest = current.second - static_cast<int64_t>(kSlots) + 1;
  uint64_t requests = 0;
  uint64_t retries = 0;
  for (const Slot& slot : slots_) {
    if (slot.second < oldest) continue;
    requests += slot.requests;
    retries += slot.retries;
  }
  if (retries >= std::max(kAlways, requests * kShare / 100)) return false;
  ++current.retries;
  return true;
}

}  // namespace srasta::inference
