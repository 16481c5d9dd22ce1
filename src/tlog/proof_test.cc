#include "tlog/proof.h"

#include "tlog/testing/naive_tree.h"

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

using crypto::Digest;

constexpr size_t kSizes = 130;

Proof hashes(std::initializer_list<const char*> hex) {
  Proof proof;
  for (const char* text : hex) proof.push_back(digest_of_hex(text));
  return proof;
}

Digest flipped(Digest digest, size_t bit) {
  digest[bit / 8] = static_cast<uint8_t>(digest[bit / 8] ^ (1U << bit % 8));
  return digest;
}

constexpr size_t kBits = 256;

struct ReferenceInclusion {
  uint64_t index;
  uint64_t size;
  Proof proof;
};

struct ReferenceConsistency {
  uint64_t size1;
  uint64_t size2;
  Proof proof;
};

constexpr const char* kLeaf1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
constexpr const char* kLeaf4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
constexpr const char* kLeaf6 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f";
constexpr const char* kNode01 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
constexpr const char* kNode23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
constexpr const char* kNode45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
constexpr const char* kNode67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
constexpr const char* kNode0123 =
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7";
constexpr const char* kNode4567 =
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

std::vector<ReferenceInclusion> reference_inclusions() {
  return {{0, 1, {}},
          {0, 8, hashes({kLeaf1, kNode23, kNode4567})},
          {5, 8, hashes({kLeaf4, kNode67, kNode0123})},
          {2, 3, hashes({kNode01})},
          {1, 5,
           hashes({"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", kNode23,
                   kLeaf4})}};
}

std::vector<ReferenceConsistency> reference_consistencies() {
  return {{1, 1, {}},
          {1, 8, hashes({kLeaf1, kNode23, kNode4567})},
          {6, 8, hashes({kNode45, kNode67, kNode0123})},
          {2, 5, hashes({kNode23, kLeaf4})},
          {6, 7, hashes({kNode45, kLeaf6, kNode0123})}};
}

TEST(InclusionProof, MatchesTheReferenceVectors) {
  const auto leaves = reference_leaves();
  NaiveNodes nodes(leaves);
  for (const auto& [index, size, proof] : reference_inclusions()) {
    EXPECT_EQ(*inclusion_proof(index, size, nodes), proof) << index << " of " << size;
    EXPECT_TRUE(verify_inclusion(index, size, leaves[index], proof,
                                 naive_root(std::span(leaves).first(size))))
        << index << " of " << size;
  }
}

TEST(ConsistencyProof, MatchesTheReferenceVectors) {
  const auto leaves = reference_leaves();
  NaiveNodes nodes(leaves);
  for (const auto& [size1, size2, proof] : reference_consistencies()) {
    EXPECT_EQ(*consistency_proof(size1, size2, nodes), proof) << size1 << " to " << size2;
    EXPECT_TRUE(verify_consistency(size1, naive_root(std::span(leaves).first(size1)), size2,
                                   naive_root(std::span(leaves).first(size2)), proof))
        << size1 << " to " << size2;
  }
}

TEST(InclusionProof, IsThatOfTheDefinitionForEveryLeafAndSize) {
  const auto leaves = numbered_leaves(kSizes);
  for (size_t size = 1; size <= kSizes; ++size) {
    const auto tree = std::span(leaves).first(size);
    NaiveNodes nodes(tree);
    const Digest root = naive_root(tree);
    ASSERT_EQ(*tree_root(size, nodes), root);
    for (size_t index = 0; index < size; ++index) {
      const Proof proof = *inclusion_proof(index, size, nodes);
      ASSERT_EQ(proof, naive_path(index, tree)) << index << " of " << size;
      ASSERT_TRUE(verify_inclusion(index, size, leaves[index], proof, root))
          << index << " of " << size;
    }
  }
}

TEST(ConsistencyProof, IsThatOfTheDefinitionForEveryPairOfSizes) {
  const auto leaves = numbered_leaves(kSizes);
  std::vector<Digest> roots;
  for (size_t size = 0; size <= kSizes; ++size) {
    roots.push_back(naive_root(std::span(leaves).first(size)));
  }
  for (size_t size2 = 1; size2 <= kSizes; ++size2) {
    const auto tree = std::span(leaves).first(size2);
    NaiveNodes nodes(tree);
    for (size_t size1 = 1; size1 <= size2; ++size1) {
      const Proof proof = *consistency_proof(size1, size2, nodes);
      ASSERT_EQ(proof, naive_subproof(size1, tree, true)) << size1 << " to " << size2;
      ASSERT_TRUE(verify_consistency(size1, roots[size1], size2, roots[size2], proof))
          << size1 << " to " << size2;
    }
  }
}

TEST(InclusionProof, IsRefusedWithAnyBitChanged) {
  const auto leaves = numbered_leaves(20);
  for (const size_t size : {1U, 2U, 3U, 7U, 8U, 13U, 20U}) {
    const Digest root = naive_root(std::span(leaves).first(size));
    for (size_t index = 0; index < size; ++index) {
      const Proof proof = naive_path(index, std::span(leaves).first(size));
      for (size_t bit = 0; bit < kBits; ++bit) {
        EXPECT_FALSE(verify_inclusion(index, size, leaves[index], proof, flipped(root, bit)));
        EXPECT_FALSE(verify_inclusion(index, size, flipped(leaves[index], bit), proof, root));
        for (size_t at = 0; at < proof.size(); ++at) {
          Proof changed = proof;
          changed[at] = flipped(changed[at], bit);
          EXPECT_FALSE(verify_inclusion(index, size, leaves[index], changed, root));
        }
      }
    }
  }
}

TEST(ConsistencyProof, IsRefusedWithAnyBitChanged) {
  const auto leaves = numbered_leaves(13);
  for (size_t size2 = 1; size2 <= leaves.size(); ++size2) {
    const Digest root2 = naive_root(std::span(leaves).first(size2));
    for (size_t size1 = 1; size1 <= size2; ++size1) {
      const Digest root1 = naive_root(std::span(leaves).first(size1));
      const Proof proof = naive_subproof(size1, std::span(leaves).first(size2), true);
      for (size_t bit = 0; bit < kBits; ++bit) {
        EXPECT_FALSE(verify_consistency(size1, flipped(root1, bit), size2, root2, proof));
        EXPECT_FALSE(verify_consistency(size1, root1, size2, flipped(root2, bit), proof));
        for (size_t at = 0; at < proof.size(); ++at) {
          Proof changed = proof;
          changed[at] = flipped(changed[at], bit);
          EXPECT_FALSE(verify_consistency(size1, root1, size2, root2, changed));
        }
      }
    }
  }
}

TEST(InclusionProof, IsRefusedWithAHashMoreOrLessOrForAnotherLeaf) {
  const auto leaves = numbered_leaves(kSizes);
  for (size_t size = 1; size <= 40; ++size) {
    const Digest root = naive_root(std::span(leaves).first(size));
    for (size_t index = 0; index < size; ++index) {
      Proof proof = naive_path(index, std::span(leaves).first(size));
      for (size_t other = 0; other < size; ++other) {
        if (other == index) continue;
        EXPECT_FALSE(verify_inclusion(other, size, leaves[index], proof, root));
        EXPECT_FALSE(verify_inclusion(index, size, leaves[other], proof, root));
      }
      proof.push_back(root);
      EXPECT_FALSE(verify_inclusion(index, size, leaves[index], proof, root));
      proof.pop_back();
      if (proof.empty()) continue;
      EXPECT_FALSE(verify_inclusion(index, size, leaves[index], std::span(proof).subspan(1), root));
      proof.pop_back();
      EXPECT_FALSE(verify_inclusion(index, size, leaves[index], proof, root));
    }
  }
}

TEST(ConsistencyProof, IsRefusedWithAHashMoreOrLess) {
  const auto leaves = numbered_leaves(40);
  for (size_t size2 = 1; size2 <= leaves.size(); ++size2) {
    const Digest root2 = naive_root(std::span(leaves).first(size2));
    for (size_t size1 = 1; size1 <= size2; ++size1) {
      const Digest root1 = naive_root(std::span(leaves).first(size1));
      Proof proof = naive_subproof(size1, std::span(leaves).first(size2), true);
      proof.push_back(root2);
      EXPECT_FALSE(verify_consistency(size1, root1, size2, root2, proof));
      proof.pop_back();
      if (proof.empty()) continue;
      EXPECT_FALSE(verify_consistency(size1, root1, size2, root2, std::span(proof).subspan(1)));
      proof.pop_back();
      EXPECT_FALSE(verify_consistency(size1, root1, size2, root2, proof));
    }
  }
}

TEST(ConsistencyProof, OfTheEmptyTreeIsEmpty) {
  const auto leaves = numbered_leaves(5);
  NaiveNodes nodes(leaves);
  const Digest root = naive_root(leaves);

  EXPECT_TRUE(consistency_proof(0, 5, nodes)->empty());
  EXPECT_TRUE(consistency_proof(0, 0, nodes)->empty());
  EXPECT_TRUE(verify_consistency(0, empty_root(), 5, root, {}));
  EXPECT_TRUE(verify_consistency(0, empty_root(), 0, empty_root(), {}));
  EXPECT_FALSE(verify_consistency(0, root, 5, root, {}));
  EXPECT_FALSE(verify_consistency(0, empty_root(), 0, root, {}));
  EXPECT_FALSE(verify_consistency(0, empty_root(), 5, root, Proof{root}));
}

TEST(ConsistencyProof, OfOneSizeNeedsOneRoot) {
  const auto leaves = numbered_leaves(5);
  const Digest root = naive_root(leaves);

  EXPECT_TRUE(verify_consistency(5, root, 5, root, {}));
  EXPECT_FALSE(verify_consistency(5, root, 5, leaves[0], {}));
  EXPECT_FALSE(verify_consistency(5, root, 5, root, Proof{root}));
}

TEST(Proofs, RefuseWhatIsNotInTheTree) {
  const auto leaves = numbered_leaves(5);
  NaiveNodes nodes(leaves);
  const Digest root = naive_root(leaves);

  EXPECT_FALSE(verify_inclusion(5, 5, leaves[4], {}, root));
  EXPECT_FALSE(verify_inclusion(0, 0, leaves[0], {}, empty_root()));
  EXPECT_FALSE(verify_inclusion(UINT64_MAX, 5, leaves[0], {}, root));
  EXPECT_FALSE(verify_inclusion(0, UINT64_MAX, leaves[0], {}, root));
  EXPECT_FALSE(verify_consistency(6, root, 5, root, {}));
  EXPECT_FALSE(verify_consistency(1, root, UINT64_MAX, root, {}));
  EXPECT_FALSE(inclusion_proof(5, 5, nodes));
  EXPECT_FALSE(inclusion_proof(0, UINT64_MAX, nodes));
  EXPECT_FALSE(consistency_proof(6, 5, nodes));
  EXPECT_FALSE(consistency_proof(1, UINT64_MAX, nodes));
  EXPECT_FALSE(tree_root(UINT64_MAX, nodes));
  EXPECT_EQ(*tree_root(0, nodes), empty_root());
}

TEST(Proofs, PassOnThatANodeIsMissing) {
  const auto leaves = numbered_leaves(5);
  NaiveNodes nodes(leaves);

  EXPECT_EQ(inclusion_proof(0, 6, nodes).error().code, base::Code::NotFound);
  EXPECT_EQ(consistency_proof(3, 6, nodes).error().code, base::Code::NotFound);
  EXPECT_EQ(tree_root(6, nodes).error().code, base::Code::NotFound);
}

/// All nodes of one level are alike, so trees of any size cost nothing.
class UniformNodes final : public NodeReader {
 public:
  base::Result<Digest> node(unsigned level, uint64_t) override {
    Digest hash = leaf_hash("same");
    for (unsigned i = 0; i < level; ++i) hash = node_hash(hash, hash);
    return hash;
  }
};

TEST(Proofs, HoldInTheLargestTrees) {
  UniformNodes nodes;
  const uint64_t sizes[] = {kMostTreeSize,     kMostTreeSize - 1,       (uint64_t{1} << 62) + 1,
                            uint64_t{1} << 62, (uint64_t{1} << 62) - 1, 0x5555555555555555};
  for (const uint64_t size : sizes) {
    const Digest root = *tree_root(size, nodes);
    for (const uint64_t index :
         {uint64_t{0}, uint64_t{1}, size / 3, size / 2, size - 2, size - 1}) {
      const auto proof = inclusion_proof(index, size, nodes);
      ASSERT_TRUE(proof.ok());
      EXPECT_LE(proof->size(), kMostProofHashes);
      EXPECT_TRUE(verify_inclusion(index, size, leaf_hash("same"), *proof, root));
      const auto consistency = consistency_proof(index + 1, size, nodes);
      ASSERT_TRUE(consistency.ok());
      EXPECT_LE(consistency->size(), kMostProofHashes + (size > uint64_t{1} << 62 ? 1 : 0));
      EXPECT_TRUE(
          verify_consistency(index + 1, *tree_root(index + 1, nodes), size, root, *consistency));
    }
  }
}

}  // namespace
}  // namespace srasta::tlog
