#include "tlog/tile_reader.h"

#include "base/check.h"
#include "tlog/tree_hash.h"

#include <algorithm>
#include <array>
#include <utility>

namespace srasta::tlog {
namespace {

using base::Code;
using base::make_error;
using base::Result;
using crypto::Digest;

// A proof goes through two tiles of each of the eight levels.
constexpr size_t kMostKept = 16;

Digest hash_at(std::string_view tile, size_t number) {
  const auto hash = crypto::digest_from(tile.substr(number * kHashBytes, kHashBytes));
  SRASTA_CHECK(hash.has_value(), "the length of a tile was checked");
  return *hash;
}

/// The root of the complete subtree over `count` hashes from `first` on.
Digest subtree_hash(std::string_view tile, size_t first, size_t count) {
  std::array<Digest, kTileWidth / 2> hashes;
  for (size_t i = 0; i < count; ++i) hashes[i] = hash_at(tile, first + i);
  for (; count > 1; count /= 2) {
    for (size_t i = 0; i < count / 2; ++i) hashes[i] = node_hash(hashes[2 * i], hashes[2 * i + 1]);
  }
  return hashes[0];
}

}  // namespace

TileReader::TileReader(uint64_t tree_size, Fetch fetch)
    : tree_size_(tree_size), fetch_(std::move(fetch)) {}

Result<Digest> TileReader::node(unsigned level, uint64_t index) {
  const auto place = place_of_node(level, index, tree_size_);
  if (!place) return make_error(Code::NotFound, "the tree does not hold this subtree");
  SRASTA_TRY_ASSIGN(const std::string* const bytes, bytes_of(place->tile));
  return subtree_hash(*bytes, place->first, place->count);
}

Result<const std::string*> TileReader::bytes_of(const Tile& tile) {
  const auto kept = std::ranges::find(kept_, tile, &Kept::tile);
  if (kept != kept_.end()) return &kept->bytes;
  SRASTA_TRY_ASSIGN(std::string bytes, fetch_tile(tile));
  if (kept_.size() < kMostKept) {
    kept_.push_back({tile, std::move(bytes)});
    return &kept_.back().bytes;
  }
  Kept& slot = kept_[std::exchange(oldest_, (oldest_ + 1) % kMostKept)];
  slot = {tile, std::move(bytes)};
  return &slot.bytes;
}

Result<std::string> TileReader::fetch_tile(const Tile& tile) const {
  Tile there = tile;
  auto bytes = fetch_(tile_path(there));
  if (!bytes && bytes.error().code == Code::NotFound && tile.width < kTileWidth) {
    there.width = kTileWidth;
    bytes = fetch_(tile_path(there));
  }
  if (!bytes) return std::move(bytes).error();
  if (bytes->size() != there.width * kHashBytes) {
    return make_error(Code::Corrupt, tile_path(there) + " has " + std::to_string(bytes->size()) +
                                         " bytes instead of " +
                                         std::to_string(there.width * kHashBytes));
  }
  return bytes;
}

}  // namespace srasta::tlog
