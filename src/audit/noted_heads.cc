#include "audit/noted_heads.h"

#include <algorithm>

namespace srasta::audit {
namespace {

constexpr size_t kMostStreams = 16;

}  // namespace

void NotedHeads::add(const SeenHead& seen) {
  if (seen.stream.empty()) return;
  const std::lock_guard lock(mutex_);
  auto entry = std::ranges::find_if(
      entries_, [&](const Entry& one) { return one.noted.stream == seen.stream.view(); });
  if (entry == entries_.end()) {
    if (entries_.size() == kMostStreams) return;
    entries_.push_back({.noted = {.stream = std::string(seen.stream.view())}});
    entry = entries_.end() - 1;
  }
  Noted& noted = entry->noted;
  if (noted.records == seen.records && noted.leaf == seen.leaf) return;
  noted.records = seen.records;
  noted.leaf = seen.leaf;
  if (!entry->waits) ++waiting_;
  entry->waits = true;
}

std::optional<NotedHeads::Noted> NotedHeads::take() {
  if (waiting_.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto entry = std::ranges::find_if(entries_, &Entry::waits);
  if (entry == entries_.end()) return std::nullopt;
  entry->waits = false;
  --waiting_;
  return entry->noted;
}

}  // namespace srasta::audit
