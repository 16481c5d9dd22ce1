#pragma once

#include "base/file.h"
#include "base/result.h"
#include "tlog/proof.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::evidence {

/// A record that carries a request's id.
struct RequestRecord {
  std::string stream;
  uint64_t seq = 0;
  std::string line;  ///< as stored, without LF
};

/// Without tiles, a tree with more leaves is not computed for one proof.
inline constexpr uint64_t kMostLeavesWithoutTiles = 250'000;

/// That `record` is in the tree of the checkpoint `note`, as C2SP tlog-proof has it; checked before
/// it is given. Nodes come from the stream's tiles, or, where these do not fit, from the segments.
/// NotFound: the checkpoint does not cover the record. TooLarge: there are no tiles, and too many
/// leaves or some that were pruned. Corrupt: the log is not the one that the checkpoint is about.
/// It checks no signature: that is for who holds the keys.
[[nodiscard]] base::Result<std::string> prove(base::FileSystem& files,
                                              const std::string& stream_folder,
                                              std::string_view origin, std::string_view note,
                                              const RequestRecord& record);

}  // namespace srasta::evidence
