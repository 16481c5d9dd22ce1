#include "tlog/compact_range.h"

#include <bit>

namespace srasta::tlog {
namespace {

using base::Code;
using base::make_error;

constexpr unsigned kLevels = 64;

bool has(uint64_t size, unsigned level) {
  return (size >> level & 1) != 0;
}

}  // namespace

base::Result<CompactRange> CompactRange::restore(uint64_t size,
                                                 std::span<const crypto::Digest> hashes) {
  if (size > kMostTreeSize) return make_error(Code::TooLarge, "a tree has less than 2^63 leaves");
  if (hashes.size() != static_cast<size_t>(std::popcount(size))) {
    return make_error(Code::Invalid, "a tree of " + std::to_string(size) + " leaves has " +
                                         std::to_string(std::popcount(size)) +
                                         " complete subtrees, not " +
                                         std::to_string(hashes.size()));
  }
  CompactRange range;
  range.size_ = size;
  for (unsigned level = kLevels; level-- > 0;) {
    if (!has(size, level)) continue;
    range.frontier_[level] = hashes.front();
    hashes = hashes.subspan(1);
  }
  return range;
}

base::Result<CompactRange> CompactRange::restore(uint64_t size, NodeReader& nodes) {
  if (size > kMostTreeSize) return make_error(Code::TooLarge, "a tree has less than 2^63 leaves");
  CompactRange range;
  range.size_ = size;
  for (unsigned level = 0; level < kLevels; ++level) {
    if (!has(size, level)) continue;
    SRASTA_TRY_ASSIGN(range.frontier_[level], nodes.node(level, (size >> level) - 1));
  }
  return range;
}

crypto::Digest CompactRange::root() const {
  if (size_ == 0) return empty_root();
  unsigned level = static_cast<unsigned>(std::countr_zero(size_));
  crypto::Digest hash = frontier_[level];
  while (++level < kLevels) {
    if (has(size_, level)) hash = node_hash(frontier_[level], hash);
  }
  return hash;
}

std::vector<crypto::Digest> CompactRange::hashes() const {
  std::vector<crypto::Digest> hashes;
  hashes.reserve(static_cast<size_t>(std::popcount(size_)));
  for (unsigned level = kLevels; level-- > 0;) {
    if (has(size_, level)) hashes.push_back(frontier_[level]);
  }
  return hashes;
}

}  // namespace srasta::tlog
