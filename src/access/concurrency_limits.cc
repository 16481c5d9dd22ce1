#include "access/concurrency_limits.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

namespace srasta::access {
namespace {

constexpr size_t kFirstSweep = 1'024;

bool enter_cell(std::atomic<uint32_t>& open, uint32_t most) {
  uint32_t count = open.load(std::memory_order_relaxed);
  while (count < most) {
    if (open.compare_exchange_weak(count, count + 1, std::memory_order_relaxed)) return true;
  }
  return false;
}

}  // namespace

/// Counts live as long as somebody holds them, so that one that counts anything is never lost and
/// there is never a second one of the same key.
struct ConcurrencyLimits::Table {
  std::mutex mutex;
  std::unordered_map<std::string, std::weak_ptr<std::atomic<uint32_t>>> cells;
  size_t next_sweep = kFirstSweep;

  std::shared_ptr<std::atomic<uint32_t>> cell_of(const std::string& key) {
    const std::scoped_lock lock(mutex);
    if (cells.size() >= next_sweep) {
      std::erase_if(cells, [](const auto& entry) { return entry.second.expired(); });
      next_sweep = std::max(kFirstSweep, 2 * cells.size());
    }
    std::weak_ptr<std::atomic<uint32_t>>& known = cells[key];
    std::shared_ptr<std::atomic<uint32_t>> cell = known.lock();
    if (cell == nullptr) {
      cell = std::make_shared<std::atomic<uint32_t>>(0);
      known = cell;
    }
    return cell;
  }
};

ConcurrencyLimits::Slot& ConcurrencyLimits::Slot::operator=(Slot&& other) noexcept {
  if (this == &other) return *this;
  release();
  bindings_ = std::move(other.bindings_);
  return *this;
}

void ConcurrencyLimits::Slot::release() {
  if (bindings_ == nullptr) return;
  for (const Binding& binding : *bindings_) binding.open->fetch_sub(1, std::memory_order_relaxed);
  bindings_ = nullptr;
}

ConcurrencyLimits::Entry ConcurrencyLimits::Handle::enter() const {
  for (size_t i = 0; i < bindings_->size(); ++i) {
    const Binding& binding = (*bindings_)[i];
    if (enter_cell(*binding.open, binding.rule->most)) continue;
    for (size_t back = i; back-- > 0;) (*bindings_)[back].open->fetch_sub(1);
    return {.slot = {}, .refused_per = binding.rule->per, .most = binding.rule->most};
  }
  return {.slot = Slot(bindings_)};
}

ConcurrencyLimits::ConcurrencyLimits(std::vector<ConcurrencyRule> rules)
    : ConcurrencyLimits(std::move(rules), std::make_shared<Table>()) {}

ConcurrencyLimits::ConcurrencyLimits(std::vector<ConcurrencyRule> rules,
                                     const ConcurrencyLimits& before)
    : ConcurrencyLimits(std::move(rules), before.table_) {}

ConcurrencyLimits::ConcurrencyLimits(std::vector<ConcurrencyRule> rules,
                                     std::shared_ptr<Table> table)
    : table_(std::move(table)) {
  for (ConcurrencyRule& rule : rules) {
    rules_.push_back(std::make_shared<const ConcurrencyRule>(std::move(rule)));
  }
}

ConcurrencyLimits::Handle ConcurrencyLimits::handle(const LimitSubject& subject) const {
  auto bindings = std::make_shared<Bindings>();
  for (const auto& rule : rules_) {
    const auto name = counted_name(rule->per, subject);
    if (!name || !rule->scope.covers(subject)) continue;
    std::string key = rule->name;
    key += '\0';
    key += to_string(rule->per);
    key += '\0';
    key += *name;
    bindings->push_back({rule, table_->cell_of(key)});
  }
  return Handle(std::move(bindings));
}

size_t ConcurrencyLimits::cells() const {
  const std::scoped_lock lock(table_->mutex);
  return table_->cells.size();
}

}  // namespace srasta::access
