#pragma once

#include "access/caller.h"
#include "base/clock.h"
#include "crypto/hash.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

namespace srasta::identity {

/// Callers of tokens that were verified, keyed by the SHA-256 of the whole token, so that no two
/// tokens share an entry. Bounded; the entry used longest ago goes first. For one thread.
class TokenCache {
 public:
  struct Entry {
    std::shared_ptr<const access::Caller> caller;
    base::WallTime until;     ///< first moment at which the entry is no longer good
    size_t issuer = 0;        ///< index in the snapshot of `revision`
    uint64_t generation = 0;  ///< of that issuer's keys
    uint64_t access = 0;      ///< serial number of the access snapshot that admitted the caller
  };

  /// 0 entries: nothing is kept.
  explicit TokenCache(size_t most_entries) : most_entries_(most_entries) {}

  /// Forgets everything unless `revision` is that of the last call.
  void use_revision(uint64_t revision);
  /// The entry, or null; an entry that is over at `now` is dropped.
  [[nodiscard]] Entry* find(const crypto::Digest& token, base::WallTime now);
  void insert(const crypto::Digest& token, Entry entry);
  void erase(const crypto::Digest& token);

  [[nodiscard]] size_t size() const { return index_.size(); }

 private:
  struct DigestHash {
    size_t operator()(const crypto::Digest& digest) const noexcept;
  };
  struct Slot {
    crypto::Digest token;
    Entry entry;
  };

  size_t most_entries_;
  uint64_t revision_ = 0;
  std::list<Slot> recent_first_;
  std::unordered_map<crypto::Digest, std::list<Slot>::iterator, DigestHash> index_;
};

}  // namespace srasta::identity
