#pragma once

#include "crypto/hash.h"
#include "tlog/compact_range.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace srasta::audit {

/// The roots of a growing tree at the sizes that somebody will ask for, kept while its leaves pass
/// once. 40 bytes a size.
class WantedRoots {
 public:
  /// All sizes must be wanted before the first leaf.
  void want(uint64_t size);
  void append(const crypto::Digest& leaf);
  /// Goes on behind a tree whose leaves are gone, instead of the empty one. Before the first leaf.
  void resume(const tlog::CompactRange& tree);

  /// Of the first `size` leaves: one that was wanted, and is neither larger than the
  /// tree nor smaller than the one that it was resumed with.
  [[nodiscard]] std::optional<crypto::Digest> root_of(uint64_t size) const;

 private:
  void seal();
  void keep();

  tlog::CompactRange tree_;
  std::vector<uint64_t> sizes_;  // in order and without repetition, once sealed
  std::vector<crypto::Digest> roots_;
  bool sealed_ = false;
};

}  // namespace srasta::audit
