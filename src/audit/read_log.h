#pragma once

#include "audit/open_tree.h"
#include "audit/recovery.h"
#include "audit/tree_head.h"
#include "base/result.h"
#include "crypto/hash.h"

namespace srasta::audit {

/// The stream that a writer is about to continue.
struct LogToRead {
  TreeHead::Place place;
  BoundHeads heads;
  crypto::Digest first_key{};  ///< of epoch 0
};

/// What the stream's segments hold, and that its heads say the same. Reads from the last checkpoint
/// on where that will do, and everything where anything about it is doubtful; so a refusal is
/// always one of the whole reading. Errors: those of `scan_log` and `check_heads`.
[[nodiscard]] base::Result<LogState> read_log(const LogToRead& log);

/// The two ways to read. Of the first an error is no verdict.
[[nodiscard]] base::Result<LogState> read_from_checkpoint(const LogToRead& log);
[[nodiscard]] base::Result<LogState> read_whole_log(const LogToRead& log);

}  // namespace srasta::audit
