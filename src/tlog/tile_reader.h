#pragma once

#include "base/result.h"
#include "crypto/hash.h"
#include "tlog/node_reader.h"
#include "tlog/tile.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace srasta::tlog {

/// The nodes of a tree out of its tiles. Tiles are not authenticated: what is computed from them is
/// compared with the root of a checkpoint by the caller. Not for several threads at once.
class TileReader final : public NodeReader {
 public:
  /// Gives the bytes of the tile at `path` (`tile_path`). Called while a node is read, on the same
  /// thread. NotFound for what is not there; other errors pass through.
  using Fetch = std::function<base::Result<std::string>(const std::string& path)>;

  /// For a tree of `tree_size` leaves, which decides how wide the last tiles are.
  TileReader(uint64_t tree_size, Fetch fetch);

  /// NotFound for what the tree does not hold; Corrupt for a tile of the wrong length. Where a
  /// partial tile is not there, the full one is read instead: a log may drop the former. The last
  /// tiles are kept, as many as a proof needs.
  base::Result<crypto::Digest> node(unsigned level, uint64_t index) override;

 private:
  struct Kept {
    Tile tile;
    std::string bytes;
  };

  base::Result<const std::string*> bytes_of(const Tile& tile);
  [[nodiscard]] base::Result<std::string> fetch_tile(const Tile& tile) const;

  uint64_t tree_size_;
  Fetch fetch_;
  std::vector<Kept> kept_;
  size_t oldest_ = 0;
};

}  // namespace srasta::tlog
