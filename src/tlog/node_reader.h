#pragma once

#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>

namespace srasta::tlog {

/// Where the hashes of a tree's complete subtrees come from: tiles, memory, a test.
class NodeReader {
 public:
  NodeReader() = default;
  NodeReader(const NodeReader&) = delete;
  NodeReader& operator=(const NodeReader&) = delete;
  virtual ~NodeReader() = default;

  /// The hash over the leaves [index * 2^level, (index + 1) * 2^level). Level 0 are leaf hashes.
  /// Callers ask only for subtrees that lie in the tree as a whole; another one, or one that cannot
  /// be had, is an error.
  virtual base::Result<crypto::Digest> node(unsigned level, uint64_t index) = 0;
};

}  // namespace srasta::tlog
