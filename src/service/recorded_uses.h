#pragma once

#include "access/caller.h"

#include <cstddef>
#include <string>
#include <unordered_set>

namespace srasta::service {

/// The credentials whose first use on one core is on disk. Holds a bounded number: a credential
/// that was forgotten is recorded once more.
class RecordedUses {
 public:
  explicit RecordedUses(size_t most = 4096) : most_(most) {}

  [[nodiscard]] bool contains(const access::Caller& caller) const {
    return uses_.contains(name_of(caller));
  }
  void add(const access::Caller& caller) {
    if (uses_.size() >= most_) uses_.clear();
    uses_.insert(name_of(caller));
  }

 private:
  /// Digests of tokens are longer than ids of keys.
  [[nodiscard]] static const std::string& name_of(const access::Caller& caller) {
    return caller.key_id().empty() ? caller.token_digest() : caller.key_id();
  }

  const size_t most_;
  std::unordered_set<std::string> uses_;
};

}  // namespace srasta::service
