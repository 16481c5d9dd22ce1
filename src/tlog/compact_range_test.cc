#include "tlog/compact_range.h"

#include "tlog/testing/naive_tree.h"

#include <map>

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

constexpr size_t kLeaves = 300;

TEST(CompactRange, MatchesTheReferenceRoots) {
  constexpr const char* kRoots[] = {
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  };
  CompactRange range;
  const auto leaves = reference_leaves();
  for (size_t size = 0; size <= leaves.size(); ++size) {
    EXPECT_EQ(range.size(), size);
    EXPECT_EQ(range.root(), digest_of_hex(kRoots[size])) << size;
    if (size < leaves.size()) range.append(leaves[size]);
  }
}

TEST(CompactRange, HasTheRootOfTheDefinitionAtEverySize) {
  const auto leaves = numbered_leaves(kLeaves);
  CompactRange range;
  for (size_t size = 0; size < kLeaves; ++size) {
    ASSERT_EQ(range.root(), naive_root(std::span(leaves).first(size))) << size;
    range.append(leaves[size]);
  }
}

TEST(CompactRange, GivesEveryInteriorNodeOnceAndInOrder) {
  const auto leaves = numbered_leaves(kLeaves);
  NaiveNodes nodes(leaves);
  CompactRange range;
  std::map<unsigned, uint64_t> next;
  for (size_t i = 0; i < kLeaves; ++i) {
    unsigned above = 1;
    range.append(leaves[i], [&](unsigned level, uint64_t index, const crypto::Digest& hash) {
      EXPECT_EQ(level, above++);
      EXPECT_EQ(index, next[level]++);
      EXPECT_EQ(hash, *nodes.node(level, index));
    });
  }
  for (unsigned level = 1; level <= 8; ++level) EXPECT_EQ(next[level], kLeaves >> level);
}

TEST(CompactRange, GoesOnAfterARestoreAtEverySize) {
  const auto leaves = numbered_leaves(kLeaves);
  NaiveNodes nodes(leaves);
  CompactRange range;
  for (size_t size = 0; size < kLeaves; ++size) {
    auto from_hashes = CompactRange::restore(size, range.hashes());
    auto from_nodes = CompactRange::restore(size, nodes);
    ASSERT_TRUE(from_hashes.ok() && from_nodes.ok()) << size;
    range.append(leaves[size]);
    for (auto* restored : {&*from_hashes, &*from_nodes}) {
      restored->append(leaves[size]);
      ASSERT_EQ(restored->size(), size + 1);
      ASSERT_EQ(restored->root(), range.root()) << size;
    }
  }
}

TEST(CompactRange, RefusesTheWrongNumberOfHashesAndTooLargeTrees) {
  const auto leaves = numbered_leaves(3);

  EXPECT_FALSE(CompactRange::restore(0, leaves));
  EXPECT_FALSE(CompactRange::restore(6, leaves));
  EXPECT_FALSE(CompactRange::restore(6, std::span(leaves).first(1)));
  EXPECT_TRUE(CompactRange::restore(7, leaves));
  EXPECT_FALSE(CompactRange::restore(kMostTreeSize + 1, std::span(leaves).first(1)));
}

TEST(CompactRange, PassesOnThatANodeIsMissing) {
  const auto leaves = numbered_leaves(3);
  NaiveNodes nodes(leaves);

  EXPECT_EQ(CompactRange::restore(4, nodes).error().code, base::Code::NotFound);
}

TEST(CompactRange, ReachesTheLargestTree) {
  const std::vector<crypto::Digest> hashes(62, leaf_hash("x"));
  auto range = CompactRange::restore(kMostTreeSize - 1, hashes);
  ASSERT_TRUE(range.ok());

  range->append(leaf_hash("y"));

  EXPECT_EQ(range->size(), kMostTreeSize);
  EXPECT_EQ(range->hashes().size(), 63U);
}

}  // namespace
}  // namespace srasta::tlog
