#include "tlog/proof.h"

#include "tlog/tree_hash.h"

#include <algorithm>
#include <bit>
#include <string>

namespace srasta::tlog {
namespace {

using base::Code;
using base::Error;
using base::make_error;
using base::Result;
using crypto::Digest;

Error invalid(std::string message) {
  return make_error(Code::Invalid, std::move(message));
}

Error too_large() {
  return invalid("a tree has less than 2^63 leaves");
}

/// The way of RFC 9162 from a node up to the root: where the node is in its level, and where the
/// last one of that level is.
struct Ascent {
  uint64_t node;
  uint64_t last;

  void rise() {
    node >>= 1;
    last >>= 1;
  }
  [[nodiscard]] bool at_root() const { return last == 0; }
  /// Whether the next sibling stands on the left. The last node of a level may have none on its
  /// right for some levels; those are skipped.
  bool sibling_is_left() {
    if ((node & 1) == 0 && node != last) return false;
    while ((node & 1) == 0 && node != 0) rise();
    return true;
  }
};

/// The largest power of two smaller than `size`, which is at least 2.
uint64_t split(uint64_t size) {
  return std::bit_floor(size - 1);
}

/// MTH(D[begin:end]), where `begin` is a multiple of the largest power of two in `end - begin`.
Result<Digest> range_hash(uint64_t begin, uint64_t end, NodeReader& nodes) {
  const uint64_t size = end - begin;
  unsigned level = static_cast<unsigned>(std::countr_zero(size));
  // The subtree of `level` in `size` ends where the higher ones and itself end.
  const auto subtree = [&](unsigned at) {
    return nodes.node(at, (begin >> at) + (size >> at) - 1);
  };
  SRASTA_TRY_ASSIGN(Digest hash, subtree(level));
  while (++level < 64) {
    if ((size >> level & 1) == 0) continue;
    SRASTA_TRY_ASSIGN(const Digest left, subtree(level));
    hash = node_hash(left, hash);
  }
  return hash;
}

}  // namespace

Result<void> verify_inclusion(uint64_t index, uint64_t size, const Digest& leaf,
                              std::span<const Digest> proof, const Digest& root) {
  if (size > kMostTreeSize) return too_large();
  if (index >= size) return invalid("the index is not in the tree");
  Ascent way{index, size - 1};
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (way.at_root()) return invalid("the inclusion proof is too long");
    hash = way.sibling_is_left() ? node_hash(sibling, hash) : node_hash(hash, sibling);
    way.rise();
  }
  if (!way.at_root()) return invalid("the inclusion proof is too short");
  if (hash != root) return invalid("the inclusion proof does not lead to the root");
  return {};
}

Result<void> verify_consistency(uint64_t size1, const Digest& root1, uint64_t size2,
                                const Digest& root2, std::span<const Digest> proof) {
  if (size2 > kMostTreeSize) return too_large();
  if (size1 > size2) return invalid("a larger tree is not the beginning of a smaller one");
  if (size1 == 0 && root1 != empty_root()) return invalid("not the root of the empty tree");
  if (size1 == size2 && root1 != root2) return invalid("trees of one size have different roots");
  if (size1 == 0 || size1 == size2) {
    if (!proof.empty()) return invalid("the consistency proof must be empty");
    return {};
  }
  Ascent way{size1 - 1, size2 - 1};
  while ((way.node & 1) != 0) way.rise();
  // The largest complete subtree at the end of the old tree; the proof leaves out what is root1.
  Digest old_hash = root1;
  if (!std::has_single_bit(size1)) {
    if (proof.empty()) return invalid("the consistency proof is too short");
    old_hash = proof.front();
    proof = proof.subspan(1);
  }
  Digest new_hash = old_hash;
  for (const Digest& sibling : proof) {
    if (way.at_root()) return invalid("the consistency proof is too long");
    if (way.sibling_is_left()) {
      old_hash = node_hash(sibling, old_hash);
      new_hash = node_hash(sibling, new_hash);
    } else {
      new_hash = node_hash(new_hash, sibling);
    }
    way.rise();
  }
  if (!way.at_root()) return invalid("the consistency proof is too short");
  if (old_hash != root1) return invalid("the consistency proof does not lead to the old root");
  if (new_hash != root2) return invalid("the consistency proof does not lead to the new root");
  return {};
}

Result<Proof> inclusion_proof(uint64_t index, uint64_t size, NodeReader& nodes) {
  if (size > kMostTreeSize) return too_large();
  if (index >= size) return invalid("the index is not in the tree");
  Proof proof;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {
    const uint64_t middle = begin + split(end - begin);
    const bool left = index < middle;
    SRASTA_TRY_ASSIGN(const Digest sibling,
                      left ? range_hash(middle, end, nodes) : range_hash(begin, middle, nodes));
    proof.push_back(sibling);
    (left ? end : begin) = middle;
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<Proof> consistency_proof(uint64_t size1, uint64_t size2, NodeReader& nodes) {
  if (size2 > kMostTreeSize) return too_large();
  if (size1 > size2) return invalid("a larger tree is not the beginning of a smaller one");
  Proof proof;
  if (size1 == 0) return proof;
  uint64_t begin = 0;
  uint64_t end = size2;
  while (size1 != end) {
    const uint64_t middle = begin + split(end - begin);
    const bool left = size1 <= middle;
    SRASTA_TRY_ASSIGN(const Digest sibling,
                      left ? range_hash(middle, end, nodes) : range_hash(begin, middle, nodes));
    proof.push_back(sibling);
    (left ? end : begin) = middle;
  }
  if (begin != 0) {
    SRASTA_TRY_ASSIGN(const Digest last, range_hash(begin, end, nodes));
    proof.push_back(last);
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<Digest> tree_root(uint64_t size, NodeReader& nodes) {
  if (size > kMostTreeSize) return too_large();
  if (size == 0) return empty_root();
  return range_hash(0, size, nodes);
}

}  // namespace srasta::tlog
