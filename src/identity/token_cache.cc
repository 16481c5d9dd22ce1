#include "identity/token_cache.h"

#include <cstring>
#include <utility>

namespace srasta::identity {

size_t TokenCache::DigestHash::operator()(const crypto::Digest& digest) const noexcept {
  size_t value = 0;
  std::memcpy(&value, digest.data(), sizeof value);
  return value;
}

void TokenCache::use_revision(uint64_t revision) {
  if (revision == revision_) return;
  revision_ = revision;
  index_.clear();
  recent_first_.clear();
}

TokenCache::Entry* TokenCache::find(const crypto::Digest& token, base::WallTime now) {
  const auto found = index_.find(token);
  if (found == index_.end()) return nullptr;
  if (now >= found->second->entry.until) {
    erase(token);
    return nullptr;
  }
  recent_first_.splice(recent_first_.begin(), recent_first_, found->second);
  return &found->second->entry;
}

void TokenCache::insert(const crypto::Digest& token, Entry entry) {
  erase(token);
  if (most_entries_ == 0) return;
  if (index_.size() >= most_entries_) {
    index_.erase(recent_first_.back().token);
    recent_first_.pop_back();
  }
  recent_first_.push_front({token, std::move(entry)});
  index_.emplace(token, recent_first_.begin());
}

void TokenCache::erase(const crypto::Digest& token) {
  const auto found = index_.find(token);
  if (found == index_.end()) return;
  recent_first_.erase(found->second);
  index_.erase(found);
}

}  // namespace srasta::identity
