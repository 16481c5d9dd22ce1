#pragma once

#include "base/file.h"
#include "tlog/tile_reader.h"

#include <string>

namespace srasta::audit {

/// The tiles of a stream's tree as they lie in its folder, for a `tlog::TileReader`. A partial tile
/// is replaced by a wider one while the log grows, which begins with the same hashes: where it is
/// not there, so many hashes of the wider one are given. `files` must outlive the function.
[[nodiscard]] tlog::TileReader::Fetch stored_tiles(base::FileSystem& files,
                                                   std::string stream_folder);

}  // namespace srasta::audit
