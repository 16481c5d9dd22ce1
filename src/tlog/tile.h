#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::tlog {

/// The files of a tiled log (C2SP tlog-tiles): their names, and what lies where. A tile is a run of
/// hashes of one tree level, 32 bytes each; tile level L holds every eighth level, 8 * L. Paths are
/// relative to the log's prefix.

inline constexpr unsigned kTileWidth = 256;  ///< hashes in a full tile, entries in a full bundle
inline constexpr unsigned kTileHeight = 8;   ///< tree levels between tile levels
inline constexpr size_t kHashBytes = 32;

struct Tile {
  unsigned level = 0;           ///< 0 to 63
  uint64_t index = 0;           ///< from the left, within the level
  unsigned width = kTileWidth;  ///< hashes in it, 1 to 256; fewer than 256 make it partial

  bool operator==(const Tile&) const = default;
};

/// Log entries `index` * 256 and following.
struct EntryBundle {
  uint64_t index = 0;
  unsigned width = kTileWidth;  ///< entries in it, 1 to 256

  bool operator==(const EntryBundle&) const = default;
};

/// `tile/<L>/<N>`, for a partial tile with `.p/<W>` behind it.
[[nodiscard]] std::string tile_path(const Tile& tile);
/// `tile/entries/<N>`, for a partial bundle with `.p/<W>` behind it.
[[nodiscard]] std::string entry_bundle_path(const EntryBundle& bundle);

/// Inverse of `tile_path`: Invalid for any other spelling (leading zeros, signs, `.p/256`).
[[nodiscard]] base::Result<Tile> parse_tile_path(std::string_view path);
/// Inverse of `entry_bundle_path`, as strict.
[[nodiscard]] base::Result<EntryBundle> parse_entry_bundle_path(std::string_view path);

/// A node of the tree: the root of the complete subtree over `count` hashes of `tile`, from
/// `first` on. `count` is 1 to 128, a power of two.
struct NodePlace {
  Tile tile;
  unsigned first = 0;
  unsigned count = 1;

  bool operator==(const NodePlace&) const = default;
};

/// Where the node of `level` and `index` (see `NodeReader`) lies in a tree of `tree_size` leaves;
/// nothing when the tree does not hold its subtree as a whole.
[[nodiscard]] std::optional<NodePlace> place_of_node(unsigned level, uint64_t index,
                                                     uint64_t tree_size);

/// The tiles of one level that a tree has: `full` ones with the indexes `first` and following, then
/// one with `partial` hashes unless that is 0.
struct TileRow {
  unsigned level = 0;
  uint64_t first = 0;
  uint64_t full = 0;
  unsigned partial = 0;

  bool operator==(const TileRow&) const = default;
};

/// All tiles of a tree, lowest level first. Entry bundles are those of level 0.
[[nodiscard]] std::vector<TileRow> tile_rows(uint64_t tree_size);
/// What must be written when a tree grows from `old_size` to `new_size`, which is not smaller: the
/// tiles of the new tree that the old one does not have in this width. Levels without any are left
/// out.
[[nodiscard]] std::vector<TileRow> grown_tile_rows(uint64_t old_size, uint64_t new_size);

}  // namespace srasta::tlog
