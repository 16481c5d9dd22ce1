#include "tlog/tile.h"

#include <gtest/gtest.h>

namespace srasta::tlog {
namespace {

struct PathCase {
  Tile tile;
  const char* path;
};

const PathCase kPaths[] = {
    {{0, 0, 256}, "tile/0/000"},
    {{0, 7, 256}, "tile/0/007"},
    {{0, 999, 256}, "tile/0/999"},
    {{0, 1000, 256}, "tile/0/x001/000"},
    {{0, 1234067, 256}, "tile/0/x001/x234/067"},
    {{1, 1234067, 112}, "tile/1/x001/x234/067.p/112"},
    {{2, 0, 1}, "tile/2/000.p/1"},
    {{63, 0, 255}, "tile/63/000.p/255"},
    {{0, UINT64_MAX / 1000 * 1000 - 1, 256}, "tile/0/x018/x446/x744/x073/x709/x550/999"},
};

TEST(TilePath, IsWrittenAndReadAsTheStandardSays) {
  for (const auto& [tile, path] : kPaths) {
    EXPECT_EQ(tile_path(tile), path);
    const auto parsed = parse_tile_path(path);
    ASSERT_TRUE(parsed.ok()) << path;
    EXPECT_EQ(*parsed, tile) << path;
  }
}

TEST(TilePath, HasOneSpelling) {
  for (const char* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile//000",
                           "/tile/0/000",
                           "tile/0/000/",
                           "tile/00/000",
                           "tile/64/000",
                           "tile/-1/000",
                           "tile/+1/000",
                           "tile/ 0/000",
                           "tile/x/000",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/0/x000/000",
                           "tile/0/x000",
                           "tile/0/x001",
                           "tile/0/x001/",
                           "tile/0/001/000",
                           "tile/0/x001/x234",
                           "tile/0/x01/234",
                           "tile/0/X001/000",
                           "tile/0/xx001/000",
                           "tile/0/0a0",
                           "tile/0/000.p",
                           "tile/0/000.p/",
                           "tile/0/000.p/0",
                           "tile/0/000.p/256",
                           "tile/0/000.p/01",
                           "tile/0/000.p/1/",
                           "tile/0/000.p/1.p/1",
                           "tile/0/000.p/-1",
                           "tile/0/.p/1",
                           "tile/0/000.P/1",
                           "tile/entries/000",
                           "tile/data/000",
                           "tile/0/x018/x446/x744/x073/x709/x551/x616",
                           "tile/0/x018/x446/x744/x073/x709/x552/000",
                           "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
                           "tile/0/../000"}) {
    const auto parsed = parse_tile_path(path);
    EXPECT_FALSE(parsed.ok()) << path;
  }
}

TEST(EntryBundlePath, IsWrittenAndReadAsTheStandardSays) {
  EXPECT_EQ(entry_bundle_path({0, 256}), "tile/entries/000");
  EXPECT_EQ(entry_bundle_path({1234067, 17}), "tile/entries/x001/x234/067.p/17");
  EXPECT_EQ(*parse_entry_bundle_path("tile/entries/x001/x234/067.p/17"),
            (EntryBundle{1234067, 17}));
  for (const char* path :
       {"tile/entries/", "tile/entries/0", "tile/0/000", "tile/entries/000.p/256",
        "tile/entries000", "entries/000", "tile/entries/000\n"}) {
    EXPECT_FALSE(parse_entry_bundle_path(path)) << path;
  }
}

TEST(TileRows, AreThoseOfTheExamplesInTheStandard) {
  EXPECT_EQ(tile_rows(70'000),
            (std::vector<TileRow>{{0, 0, 273, 112}, {1, 0, 1, 17}, {2, 0, 0, 1}}));
  EXPECT_EQ(tile_rows(256), (std::vector<TileRow>{{0, 0, 1, 0}, {1, 0, 0, 1}}));
  EXPECT_EQ(tile_rows(255), (std::vector<TileRow>{{0, 0, 0, 255}}));
  EXPECT_EQ(tile_rows(65'536), (std::vector<TileRow>{{0, 0, 256, 0}, {1, 0, 1, 0}, {2, 0, 0, 1}}));
  EXPECT_TRUE(tile_rows(0).empty());
  EXPECT_EQ(tile_rows((uint64_t{1} << 63) - 1).size(), 8U);
}

TEST(TileRows, OfAGrownTreeAreTheNewOnes) {
  EXPECT_TRUE(grown_tile_rows(300, 300).empty());
  EXPECT_EQ(grown_tile_rows(300, 301), (std::vector<TileRow>{{0, 1, 0, 45}}));
  EXPECT_EQ(grown_tile_rows(300, 512), (std::vector<TileRow>{{0, 1, 1, 0}, {1, 0, 0, 2}}));
  EXPECT_EQ(grown_tile_rows(256, 257), (std::vector<TileRow>{{0, 1, 0, 1}}));
  EXPECT_EQ(grown_tile_rows(65'535, 65'536),
            (std::vector<TileRow>{{0, 255, 1, 0}, {1, 0, 1, 0}, {2, 0, 0, 1}}));
}

TEST(PlaceOfNode, NamesTileAndHashes) {
  EXPECT_EQ(place_of_node(0, 0, 1), (NodePlace{{0, 0, 1}, 0, 1}));
  EXPECT_EQ(place_of_node(0, 257, 300), (NodePlace{{0, 1, 44}, 1, 1}));
  EXPECT_EQ(place_of_node(3, 33, 300), (NodePlace{{0, 1, 44}, 8, 8}));
  EXPECT_EQ(place_of_node(7, 1, 300), (NodePlace{{0, 0, 256}, 128, 128}));
  EXPECT_EQ(place_of_node(8, 0, 300), (NodePlace{{1, 0, 1}, 0, 1}));
  EXPECT_EQ(place_of_node(9, 8, 70'000), (NodePlace{{1, 0, 256}, 16, 2}));
  EXPECT_EQ(place_of_node(16, 0, 70'000), (NodePlace{{2, 0, 1}, 0, 1}));
}

TEST(PlaceOfNode, IsNothingOutsideTheTree) {
  EXPECT_FALSE(place_of_node(0, 0, 0));
  EXPECT_FALSE(place_of_node(0, 5, 5));
  EXPECT_FALSE(place_of_node(2, 1, 7));
  EXPECT_FALSE(place_of_node(64, 0, UINT64_MAX));
  EXPECT_FALSE(place_of_node(1, UINT64_MAX, UINT64_MAX));
  EXPECT_TRUE(place_of_node(62, 0, (uint64_t{1} << 63) - 1));
}

}  // namespace
}  // namespace srasta::tlog
