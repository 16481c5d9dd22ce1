#pragma once

#include "audit/pruned_prefix.h"
#include "audit/tile_writer.h"
#include "base/file.h"
#include "base/result.h"
#include "tlog/compact_range.h"

#include <cstdint>
#include <string>

namespace srasta::audit {

/// Tiles are not synced, since they can be made again from the segments. Those of records that are
/// about to be removed cannot: this compares them with what `operator` says, makes them durable,
/// and keeps a copy of the unfinished ones under `<stream>/pruned/`, since the checkpointer
/// replaces them. Corrupt when they are not the right ones; `fsck --rebuild-tiles` makes them so.
[[nodiscard]] base::Result<void> keep_tiles(base::FileSystem& files,
                                            const std::string& stream_folder,
                                            const PrunedPrefix& pruned);

/// What the tree of a stream can be computed from, together with the records that are there.
struct TreeBegin {
  tlog::CompactRange tree;  ///< of the records before
  TileWriter tiles;         ///< goes on behind it
  uint64_t epoch = 0;       ///< to which the next record belongs
  uint64_t epoch_from = 0;  ///< records up to its `log.epoch`
};

/// The empty tree, or that of the records that were pruned. Corrupt if records are missing that
/// may not be, or what `keep_tiles` kept is not there.
[[nodiscard]] base::Result<TreeBegin> find_tree_begin(base::FileSystem& files,
                                                      const std::string& stream_folder,
                                                      const std::string& origin);

}  // namespace srasta::audit
