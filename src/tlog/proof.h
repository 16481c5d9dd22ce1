#pragma once

#include "base/result.h"
#include "crypto/hash.h"
#include "tlog/node_reader.h"

#include <cstdint>
#include <span>
#include <vector>

namespace srasta::tlog {

/// Proofs of RFC 6962 section 2.1, checked as RFC 9162 section 2.1 says. Sizes are numbers of
/// leaves, indexes start at 0, and neither goes beyond `kMostTreeSize`.
using Proof = std::vector<crypto::Digest>;

/// The longest inclusion proof. A consistency proof may have one more, but not before 2^62 leaves.
inline constexpr size_t kMostProofHashes = 63;

/// Whether `leaf` is number `index` of the tree with `size` leaves and `root`. A refusal has the
/// code Invalid and says what does not hold. A proof does not bind the size: take size and root
/// from one checkpoint.
[[nodiscard]] base::Result<void> verify_inclusion(uint64_t index, uint64_t size,
                                                  const crypto::Digest& leaf,
                                                  std::span<const crypto::Digest> proof,
                                                  const crypto::Digest& root);

/// Whether the tree with `size1` leaves and `root1` is the beginning of the one with `size2` and
/// `root2`. Everything begins with the empty tree: for `size1` 0 the proof must be empty and
/// `root1` that of the empty tree, and nothing is said about `root2`. Equal sizes need equal roots
/// and an empty proof.
[[nodiscard]] base::Result<void> verify_consistency(uint64_t size1, const crypto::Digest& root1,
                                                    uint64_t size2, const crypto::Digest& root2,
                                                    std::span<const crypto::Digest> proof);

/// PATH(index, D[size]). Invalid unless `index < size`; errors of `nodes` pass through.
[[nodiscard]] base::Result<Proof> inclusion_proof(uint64_t index, uint64_t size, NodeReader& nodes);

/// PROOF(size1, D[size2]); empty for `size1` 0. Invalid unless `size1 <= size2`; errors of `nodes`
/// pass through.
[[nodiscard]] base::Result<Proof> consistency_proof(uint64_t size1, uint64_t size2,
                                                    NodeReader& nodes);

/// MTH(D[size]).
[[nodiscard]] base::Result<crypto::Digest> tree_root(uint64_t size, NodeReader& nodes);

}  // namespace srasta::tlog
