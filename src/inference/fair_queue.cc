#include "inference/fair_queue.h"

#include <algorithm>
#include <tuple>

namespace srasta::inference {

FairQueue::Pushed FairQueue::push(std::string_view tenant, uint64_t cost, Ticket ticket,
                                  size_t most) {
  Pushed pushed;
  const auto own = tenants_.find(tenant);
  if (size_ >= most) {
    const auto largest = std::ranges::max_element(
        tenants_, {}, [](const auto& entry) { return entry.second.waiting.size(); });
    const size_t own_waiting = own == tenants_.end() ? 0 : own->second.waiting.size();
    if (largest == tenants_.end() || own_waiting + 1 >= largest->second.waiting.size()) {
      return pushed;
    }
    pushed.evicted = drop_newest(largest);
  }
  Tenant& queue = own == tenants_.end() ? tenants_[std::string(tenant)] : own->second;
  const uint64_t start = std::max(now_, queue.finish);
  queue.finish = start + std::max<uint64_t>(cost, 1);
  queue.waiting.push_back({.ticket = ticket, .start = start, .order = order_++});
  ++size_;
  pushed.taken = true;
  return pushed;
}

/// Its work was not done, so it does not count.
FairQueue::Ticket FairQueue::drop_newest(Tenants::iterator tenant) {
  const Item item = tenant->second.waiting.back();
  tenant->second.waiting.pop_back();
  tenant->second.finish = item.start;
  --size_;
  return item.ticket;
}

std::optional<FairQueue::Ticket> FairQueue::pop() {
  const auto next = std::ranges::min_element(tenants_, {}, [](const auto& entry) {
    const std::deque<Item>& waiting = entry.second.waiting;
    const bool empty = waiting.empty();
    return std::tuple(empty, empty ? 0 : waiting.front().start, empty ? 0 : waiting.front().order);
  });
  if (next == tenants_.end() || next->second.waiting.empty()) return std::nullopt;
  const Item item = next->second.waiting.front();
  next->second.waiting.pop_front();
  now_ = std::max(now_, item.start);
  --size_;
  forget_idle();
  return item.ticket;
}

bool FairQueue::remove(std::string_view tenant, Ticket ticket) {
  const auto own = tenants_.find(tenant);
  if (own == tenants_.end()) return false;
  std::deque<Item>& waiting = own->second.waiting;
  const auto found = std::ranges::find(waiting, ticket, &Item::ticket);
  if (found == waiting.end()) return false;
  if (found + 1 == waiting.end()) own->second.finish = found->start;
  waiting.erase(found);
  --size_;
  forget_idle();
  return true;
}

/// A tenant that has had its share is like one that never came.
void FairQueue::forget_idle() {
  std::erase_if(tenants_, [&](const auto& entry) {
    return entry.second.waiting.empty() && (size_ == 0 || entry.second.finish <= now_);
  });
  if (size_ == 0) now_ = 0;
}

}  // namespace srasta::inference
