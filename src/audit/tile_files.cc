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

/// A partial tile is longer than its name says until it has its next one.
base::Result<std::string> read_tile(base::FileSystem& files, const std::string& folder,
                                    const tlog::Tile& tile) {
  auto bytes =
      base::read_file(files, folder + "/" + tlog::tile_path(tile), kTileWidth * kHashBytes);
  if (bytes) bytes->resize(std::min(bytes->size(), tile.width * kHashBytes));
  return bytes;
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
  SRASTA_TRY_ASSIGN(const tlog::Tile tile, tlog::parse_tile_path(path));
  auto bytes = read_tile(files, folder, tile);
  if (bytes || bytes.error().code != Code::NotFound || tile.width == kTileWidth) return bytes;
  for (int i = 0; i < kAttempts && !bytes && bytes.error().code == Code::NotFound; ++i) {
    const tlog::Tile wider = wider_than(files, folder, tile);
    bytes = read_tile(files, folder, wider);
    if (!bytes) continue;
    if (bytes->size() != wider.width * kHashBytes) {
      return base::make_error(Code::Corrupt,
                              folder + "/" + tlog::tile_path(wider) + " has the wrong length");
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
