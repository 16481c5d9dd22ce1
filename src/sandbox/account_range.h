#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "sandbox/job.h"

#include <cstddef>
#include <string>

namespace srasta::sandbox {

/// Accounts for runs of one runner, where that is root: no other runner of this host has them, as
/// one that ends a run kills all that its account runs. Without names in any list of users.
class AccountRange {
 public:
  static constexpr size_t kAccounts = 64;  ///< of each range

  /// The first range that no process holds, by a lock on a file in `folder`, which is root's alone.
  /// For another user than root there is nothing to hold. Code::Exhausted when all are taken.
  [[nodiscard]] static base::Result<AccountRange> take(const std::string& folder);

  /// `index` < kAccounts.
  [[nodiscard]] Account at(size_t index) const {
    const auto id = first_ + static_cast<uid_t>(index);
    return {.user = id, .group = id};
  }

 private:
  AccountRange(uid_t first, base::Descriptor lock) : first_(first), lock_(std::move(lock)) {}

  uid_t first_;
  base::Descriptor lock_;
};

}  // namespace srasta::sandbox
