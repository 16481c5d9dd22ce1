#pragma once

#include "base/file.h"
#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <string>
#include <vector>

namespace srasta::audit {

/// Writes the tiles of a stream's tree under `<stream>/tile/` (C2SP tlog-tiles). They can be made
/// again from the segments, so nothing is synced, and of each level only the newest partial tile
/// is kept: it grows, and is renamed then. For a moment, and after a crash, it is longer than its
/// name says. One thread.
class TileWriter {
 public:
  /// For an empty tree. `files` must outlive the object.
  TileWriter(base::FileSystem& files, std::string stream_folder)
      : files_(&files), folder_(std::move(stream_folder)) {}

  /// Goes on behind the tiles of a tree of `size`. NotFound or Corrupt when a partial tile is not
  /// there; whether it is right shows the root.
  [[nodiscard]] static base::Result<TileWriter> resume(base::FileSystem& files,
                                                       std::string stream_folder, uint64_t size);

  /// The same with the partial tiles of exactly this size under `<kept_folder>/tile/`; those in the
  /// stream's folder may be of a larger tree, and are written anew.
  [[nodiscard]] static base::Result<TileWriter> resume_behind(base::FileSystem& files,
                                                              std::string stream_folder,
                                                              const std::string& kept_folder,
                                                              uint64_t size);

  /// The next hash of a level of the tree; levels between those of tiles are passed over.
  void add(unsigned tree_level, const crypto::Digest& hash);
  /// Writes what is full, and the rest as partial tiles.
  [[nodiscard]] base::Result<void> write();

 private:
  struct Row {
    uint64_t tile = 0;     ///< index of the tile that `hashes` begins
    std::string hashes;    ///< not in a full tile yet
    unsigned written = 0;  ///< width of its partial tile on disk; 0: none
  };

  [[nodiscard]] base::Result<void> write_row(unsigned level, Row& row);
  /// Puts the first `width` hashes on disk, in place of those that are written. Growing files
  /// instead of replacing them spares ext4 without a journal the search for an inode that was not
  /// removed lately, which took longer than everything else here.
  [[nodiscard]] base::Result<void> widen(unsigned level, const Row& row, unsigned width);
  [[nodiscard]] base::Result<void> put(const std::string& path, std::string_view bytes);
  [[nodiscard]] std::string path_of(unsigned level, uint64_t tile, unsigned width) const;

  base::FileSystem* files_;
  std::string folder_;
  std::vector<Row> rows_;
};

}  // namespace srasta::audit
