#include "tlog/tile_reader.h"

#include "tlog/compact_range.h"
#include "tlog/proof.h"
#include "tlog/testing/naive_tree.h"

#include <map>

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

using crypto::Digest;

/// The tiles of a tree, made from what `CompactRange` gives.
class TiledTree {
 public:
  explicit TiledTree(uint64_t size) {
    for (uint64_t i = 0; i < size; ++i) {
      const Digest leaf = leaf_hash(std::to_string(i));
      hashes_[0].append(crypto::bytes_of(leaf));
      range_.append(leaf, [&](unsigned level, uint64_t, const Digest& hash) {
        if (level % kTileHeight == 0) {
          hashes_[level / kTileHeight].append(crypto::bytes_of(hash));
        }
      });
    }
    for (const TileRow& row : tile_rows(size)) {
      for (uint64_t i = 0; i < row.full; ++i) put({row.level, row.first + i, kTileWidth});
      if (row.partial > 0) put({row.level, row.first + row.full, row.partial});
    }
  }

  [[nodiscard]] Digest root() const { return range_.root(); }
  [[nodiscard]] TileReader reader() {
    return TileReader(range_.size(), [this](const std::string& path) -> base::Result<std::string> {
      ++fetched;
      const auto found = files.find(path);
      if (found == files.end()) return base::make_error(base::Code::NotFound, "no " + path);
      return found->second;
    });
  }

  std::map<std::string, std::string> files;
  size_t fetched = 0;

 private:
  void put(const Tile& tile) {
    files[tile_path(tile)] =
        hashes_[tile.level].substr(tile.index * kTileWidth * kHashBytes, tile.width * kHashBytes);
  }

  CompactRange range_;
  std::map<unsigned, std::string> hashes_;
};

TEST(TileReader, GivesEveryNodeOfTheTree) {
  constexpr uint64_t kSize = 700;
  TiledTree tree(kSize);
  const auto leaves = numbered_leaves(kSize);
  NaiveNodes naive(leaves);
  TileReader tiles = tree.reader();
  for (unsigned level = 0; level < 12; ++level) {
    for (uint64_t index = 0; index <= kSize >> level; ++index) {
      const auto expected = naive.node(level, index);
      const auto actual = tiles.node(level, index);
      ASSERT_EQ(actual.ok(), expected.ok()) << level << "," << index;
      if (expected.ok()) {
        ASSERT_EQ(*actual, *expected) << level << "," << index;
      }
    }
  }
}

TEST(TileReader, HasWhatProofsNeed) {
  for (const uint64_t size : {1U, 255U, 256U, 257U, 512U, 65'536U, 66'000U}) {
    TiledTree tree(size);
    TileReader tiles = tree.reader();
    EXPECT_EQ(*tree_root(size, tiles), tree.root()) << size;
    for (const uint64_t index : {uint64_t{0}, size / 2, size - 1}) {
      const auto proof = inclusion_proof(index, size, tiles);
      ASSERT_TRUE(proof.ok()) << size;
      EXPECT_TRUE(
          verify_inclusion(index, size, leaf_hash(std::to_string(index)), *proof, tree.root()));
      const auto consistency = consistency_proof(index + 1, size, tiles);
      ASSERT_TRUE(consistency.ok()) << size;
      EXPECT_TRUE(verify_consistency(index + 1, *tree_root(index + 1, tiles), size, tree.root(),
                                     *consistency));
    }
    EXPECT_EQ(CompactRange::restore(size, tiles)->root(), tree.root());
  }
}

TEST(TileReader, FetchesATileOnceForAProof) {
  TiledTree tree(66'000);
  TileReader tiles = tree.reader();

  ASSERT_TRUE(inclusion_proof(1000, 66'000, tiles).ok());

  EXPECT_LE(tree.fetched, 6U);
}

TEST(TileReader, ForgetsOldTilesAndFetchesThemAgain) {
  constexpr uint64_t kSize = 30 * kTileWidth;
  TiledTree tree(kSize);
  TileReader tiles = tree.reader();
  for (int round = 0; round < 2; ++round) {
    for (uint64_t index = 0; index < kSize; index += kTileWidth) {
      EXPECT_EQ(*tiles.node(0, index), leaf_hash(std::to_string(index)));
    }
  }
  EXPECT_EQ(tree.fetched, 60U);
}

TEST(TileReader, TakesTheFullTileWhereThePartialOneIsGone) {
  TiledTree tree(300);
  TiledTree later(512);
  tree.files.erase("tile/0/001.p/44");
  tree.files["tile/0/001"] = later.files["tile/0/001"];
  TileReader tiles = tree.reader();

  EXPECT_EQ(*tree_root(300, tiles), tree.root());
}

TEST(TileReader, RefusesTilesOfTheWrongLength) {
  for (const int change : {-1, 1, -32, 32}) {
    TiledTree tree(300);
    std::string& bytes = tree.files["tile/0/001.p/44"];
    bytes.resize(bytes.size() + static_cast<size_t>(change));
    TileReader tiles = tree.reader();
    EXPECT_EQ(tiles.node(0, 260).error().code, base::Code::Corrupt) << change;
  }
}

TEST(TileReader, PassesOnWhatFetchingSays) {
  TileReader missing(300, [](const std::string&) -> base::Result<std::string> {
    return base::make_error(base::Code::NotFound, "gone");
  });
  EXPECT_EQ(missing.node(0, 0).error().code, base::Code::NotFound);
  TileReader broken(300, [](const std::string&) -> base::Result<std::string> {
    return base::make_error(base::Code::Io, "disk");
  });
  EXPECT_EQ(broken.node(0, 299).error().code, base::Code::Io);
}

}  // namespace
}  // namespace srasta::tlog
