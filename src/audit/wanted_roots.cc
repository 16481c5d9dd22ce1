#include "audit/wanted_roots.h"

#include "tlog/tree_hash.h"

#include <algorithm>

namespace srasta::audit {

void WantedRoots::want(uint64_t size) {
  if (sizes_.empty() || sizes_.back() != size) sizes_.push_back(size);
}

void WantedRoots::seal() {
  sealed_ = true;
  std::ranges::sort(sizes_);
  const auto repeated = std::ranges::unique(sizes_);
  sizes_.erase(repeated.begin(), repeated.end());
  keep();
}

void WantedRoots::keep() {
  if (roots_.size() < sizes_.size() && sizes_[roots_.size()] == tree_.size()) {
    roots_.push_back(tree_.root());
  }
}

void WantedRoots::resume(const tlog::CompactRange& tree) {
  tree_ = tree;
  std::erase_if(sizes_, [&tree](uint64_t size) { return size < tree.size(); });
  seal();
}

void WantedRoots::append(const crypto::Digest& leaf) {
  if (!sealed_) seal();
  tree_.append(leaf);
  keep();
}

std::optional<crypto::Digest> WantedRoots::root_of(uint64_t size) const {
  if (size == 0) return tlog::empty_root();
  const auto found = std::ranges::lower_bound(sizes_, size);
  const auto index = static_cast<size_t>(found - sizes_.begin());
  if (found == sizes_.end() || *found != size || index >= roots_.size()) return std::nullopt;
  return roots_[index];
}

}  // namespace srasta::audit
