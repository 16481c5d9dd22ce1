#pragma once

#include "base/check.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "tlog/node_reader.h"
#include "tlog/tree_hash.h"

#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <vector>

namespace srasta::tlog {

/// A growing tree, of which only the right frontier is kept: one hash for each complete subtree
/// that the size's binary form names, at most 63. Appending costs one interior hash on average, and
/// no allocation. Not for several threads at once.
class CompactRange {
 public:
  /// Of the empty tree.
  CompactRange() = default;

  /// From the subtrees' hashes, left to right (the largest first): what `hashes()` gave. Their
  /// number must be that of the ones in `size`.
  static base::Result<CompactRange> restore(uint64_t size, std::span<const crypto::Digest> hashes);
  /// From the nodes of a tree that has at least `size` leaves. The caller compares `root()` with
  /// one it trusts.
  static base::Result<CompactRange> restore(uint64_t size, NodeReader& nodes);

  /// Appends a leaf. Each interior node that this completes goes to
  /// `sink(unsigned level, uint64_t index, const crypto::Digest& hash)`, from the lowest up; levels
  /// and indexes are those of `NodeReader`, the leaf itself is not among them. The tree must be
  /// smaller than `kMostTreeSize`.
  template <std::invocable<unsigned, uint64_t, const crypto::Digest&> Sink>
  void append(const crypto::Digest& leaf, Sink&& sink) {
    SRASTA_CHECK(size_ < kMostTreeSize, "a tree has less than 2^63 leaves");
    crypto::Digest hash = leaf;
    unsigned level = 0;
    while ((size_ >> level & 1) != 0) {
      hash = node_hash(frontier_[level], hash);
      ++level;
      sink(level, size_ >> level, hash);
    }
    frontier_[level] = hash;
    ++size_;
  }
  void append(const crypto::Digest& leaf) {
    append(leaf, [](unsigned, uint64_t, const crypto::Digest&) {});
  }

  [[nodiscard]] uint64_t size() const { return size_; }
  /// The tree's root (RFC 6962 section 2.1); at most 62 hashes.
  [[nodiscard]] crypto::Digest root() const;
  /// The frontier, left to right.
  [[nodiscard]] std::vector<crypto::Digest> hashes() const;

 private:
  uint64_t size_ = 0;
  std::array<crypto::Digest, 64> frontier_{};  // [level] counts where `size_` has that bit
};

}  // namespace srasta::tlog
