#include "audit/tile_files.h"

#include "base/encoding.h"
#include "tlog/tile.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace srasta::audit {
namespace {

using base::Code;
using tlog::kHashBytes;
using tlog::kTileWidth;

base::Result<std::string> read_tile(base::FileSystem& files, const std::string& path) {
  return base::read_file(files, path, kTileWidth * kHashBytes);
}

/// The narrowest tile that is wider than `tile` and there now; the full one if there is no other.
tlog::Tile wider_than(base::FileSystem& files, const std::string& folder, const tlog::Tile& tile) {
  tlog::Tile wider{.level = tile.level, .index = tile.index};
  const auto names = files.list(folder + "/" + tlog::tile_path(wider) + ".p");
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    const auto width = base::parse_u64(name);
    if (!width || *width < tile.width) continue;
    wider.width = static_cast<unsigned>(std::min<uint64_t>(wider.width, *width));
  }
  return wider;
}

base::Result<std::string> read_or_wider(base::FileSystem& files, const std::string& folder,
                                        const std::string& path) {
  // Between looking for a wider one and reading it, it may be replaced again.
  constexpr int kAttempts = 4;
  auto bytes = read_tile(files, folder + "/" + path);
  if (bytes || bytes.error().code != Code::NotFound) return bytes;
  SRASTA_TRY_ASSIGN(const tlog::Tile tile, tlog::parse_tile_path(path));
  if (tile.width == kTileWidth) return bytes;
  for (int i = 0; i < kAttempts && !bytes && bytes.error().code == Code::NotFound; ++i) {
    const tlog::Tile wider = wider_than(files, folder, tile);
    const std::string there = folder + "/" + tlog::tile_path(wider);
    bytes = read_tile(files, there);
    if (!bytes) continue;
    if (bytes->size() != wider.width * kHashBytes) {
      return base::make_error(Code::Corrupt, there + " has the wrong length");
    }
    bytes->resize(tile.width * kHashBytes);
  }
  return bytes;
}

}  // namespace

tlog::TileReader::Fetch stored_tiles(base::FileSystem& files, std::string stream_folder) {
  return [&files, folder = std::move(stream_folder)](const std::string& path) {
    return read_or_wider(files, folder, path);
  };
}

}  // namespace srasta::audit
