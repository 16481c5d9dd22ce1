#include "access/gcra_table.h"

#include <algorithm>

namespace srasta::access {
namespace {

/// A sweep visits every cell: a table that stays full must not pay for one at each request.
constexpr base::Millis kSweepEvery{100};

}  // namespace

std::shared_ptr<GcraCell> GcraTable::cell_of(std::string_view key, base::MonoTime now) {
  Shard& shard = shards_[KeyHash{}(key) % shards_.size()];
  {
    const std::scoped_lock lock(shard.mutex);
    const auto found = shard.cells.find(key);
    if (found != shard.cells.end()) return found->second;
  }
  // Not under the lock of a shard: a sweep takes all of them.
  if (!take_place(now)) return nullptr;
  const std::scoped_lock lock(shard.mutex);
  const auto [entry, added] = shard.cells.try_emplace(std::string(key));
  if (added) {
    entry->second = std::make_shared<GcraCell>();
  } else {
    --size_;
  }
  return entry->second;
}

bool GcraTable::take_place(base::MonoTime now) {
  if (size_++ < most_) return true;
  --size_;
  if (now < next_sweep_.load()) return false;
  sweep(now);
  if (size_++ < most_) return true;
  --size_;
  return false;
}

void GcraTable::sweep(base::MonoTime now) {
  base::MonoTime first_full = base::MonoTime::max();
  for (Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    size_ -= std::erase_if(shard.cells, [&](const auto& entry) {
      if (entry.second->retire(now)) return true;
      first_full = std::min(first_full, entry.second->full_at());
      return false;
    });
  }
  next_sweep_ = first_full == base::MonoTime::max() ? now : std::max(first_full, now + kSweepEvery);
}

}  // namespace srasta::access
