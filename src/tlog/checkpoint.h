#pragma once

#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::tlog {

/// No text of a checkpoint is larger, and no origin longer.
inline constexpr size_t kMostCheckpointBytes = 16 * 1024;
inline constexpr size_t kMostOriginBytes = 255;

/// The head of a log's tree (C2SP tlog-checkpoint): the text of a note.
struct Checkpoint {
  std::string origin;  ///< which log this is
  uint64_t size = 0;   ///< leaves, at most `kMostTreeSize`
  crypto::Digest root{};
  /// Lines behind the root, opaque. We write none: monitors cannot check them.
  std::vector<std::string> extensions;

  bool operator==(const Checkpoint&) const = default;
};

/// A non-empty line of UTF-8 without control characters, of at most `kMostOriginBytes`.
[[nodiscard]] bool is_origin(std::string_view origin);

/// Reads the text of a note (`Note::text`): origin, size without leading zeros, root, then
/// extension lines, none of them empty. Invalid for anything else, TooLarge over the limit. That a
/// tree of size 0 has the root of the empty tree is not checked here.
[[nodiscard]] base::Result<Checkpoint> parse_checkpoint(std::string_view text);

/// The text of a checkpoint without extension lines. Invalid unless `is_origin(origin)` and the
/// size can be one.
[[nodiscard]] base::Result<std::string> write_checkpoint(std::string_view origin, uint64_t size,
                                                         const crypto::Digest& root);

}  // namespace srasta::tlog
