#include "audit/tile_writer.h"

#include "testing/faulty_files.h"
#include "tlog/tile.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

const std::string kFolder = "/stream";

crypto::Digest hash_of(size_t number) {
  return crypto::sha256(std::to_string(number));
}

std::string hashes(size_t first, size_t count) {
  std::string bytes;
  for (size_t i = first; i < first + count; ++i) bytes += crypto::bytes_of(hash_of(i));
  return bytes;
}

/// What lies under the stream's folder.
std::vector<std::pair<std::string, std::string>> tiles_of(testing::FaultyFiles& files) {
  std::vector<std::pair<std::string, std::string>> tiles;
  for (const auto& [path, content] : files.contents()) {
    tiles.emplace_back(path.substr(kFolder.size() + 1), content);
  }
  return tiles;
}

using Tiles = std::vector<std::pair<std::string, std::string>>;

void add(TileWriter& writer, size_t first, size_t count) {
  for (size_t i = first; i < first + count; ++i) writer.add(0, hash_of(i));
}

TEST(TileWriter, KeepsTheNewestPartialTileWhateverItsWidthsWere) {
  testing::FaultyFiles files;
  TileWriter writer(files, kFolder);
  size_t size = 0;
  for (const size_t more : {1U, 2U, 200U, 52U, 1U, 300U, 212U, 0U}) {
    add(writer, size, more);
    size += more;
    ASSERT_TRUE(writer.write().ok());

    Tiles expected;
    for (size_t i = 0; i < size; i += 256) {
      const size_t width = std::min<size_t>(size - i, 256);
      expected.emplace_back(
          tlog::tile_path({.level = 0, .index = i / 256, .width = static_cast<unsigned>(width)}),
          hashes(i, width));
    }
    EXPECT_EQ(tiles_of(files), expected) << size;
  }
}

TEST(TileWriter, GoesOnBehindATileThatGrewAndWasNotRenamed) {
  testing::FaultyFiles files;
  files.put(kFolder + "/tile/0/000.p/3", hashes(0, 3) + hashes(70, 2));
  auto writer = TileWriter::resume(files, kFolder, 3);
  ASSERT_TRUE(writer.ok());
  add(*writer, 3, 1);

  ASSERT_TRUE(writer->write().ok());

  EXPECT_EQ(tiles_of(files), (Tiles{{"tile/0/000.p/4", hashes(0, 4)}}));
}

TEST(TileWriter, RepeatsWhatFailedAtAnyStep) {
  for (uint64_t step = 0; step < 12; ++step) {
    testing::FaultyFiles files;
    TileWriter writer(files, kFolder);
    add(writer, 0, 5);
    ASSERT_TRUE(writer.write().ok());
    add(writer, 5, 300);
    files.fail_at(files.operations() + step, testing::FaultyFiles::Fault::Io);
    const bool failed = !writer.write().ok();
    ASSERT_TRUE(writer.write().ok()) << step;

    EXPECT_EQ(tiles_of(files),
              (Tiles{{"tile/0/000", hashes(0, 256)}, {"tile/0/001.p/49", hashes(256, 49)}}))
        << step << (failed ? " failed" : "");
  }
}

TEST(TileWriter, WantsThePartialTilesOfTheTreeItGoesOnWith) {
  testing::FaultyFiles files;
  EXPECT_EQ(TileWriter::resume(files, kFolder, 3).error().code, base::Code::NotFound);
  files.put(kFolder + "/tile/0/000.p/3", hashes(0, 2));
  EXPECT_EQ(TileWriter::resume(files, kFolder, 3).error().code, base::Code::Corrupt);
}

}  // namespace
}  // namespace srasta::audit
