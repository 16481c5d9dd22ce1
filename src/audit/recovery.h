#pragma once

#include "audit/record.h"
#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace srasta::audit {

/// Bytes after the last good record, left by a crash in the middle of a batch.
struct TornTail {
  uint64_t segment = 0;  ///< first number of the segment
  uint64_t from_seq = 0;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  crypto::Digest sha256{};
  uint64_t valid_after = 0;  ///< records among them that are well-formed by themselves
};

/// What a stream's segments hold.
struct LogState {
  ChainEnd end;
  uint64_t fence = 0;               ///< of the last record
  std::optional<uint64_t> segment;  ///< first number of the last segment
  uint64_t segment_size = 0;        ///< of the last segment, without a torn tail
  std::optional<TornTail> torn;
  std::vector<std::string> recovered;  ///< quarantine names that `log.recovered` tells of
};

/// Verifies the chain from its first record. Only the end of the last segment may be damaged, and
/// by no more than `largest_batch` bytes: unsynced pages are lost in any order, but never more than
/// the one batch in flight. Everything else is Code::Corrupt with a message that begins INTEGRITY.
base::Result<LogState> scan_log(base::FileSystem& files, const std::string& stream_folder,
                                const crypto::Digest& first_prev, uint64_t largest_batch);

/// Moves the torn tail to quarantine/, then cuts the segment. After a crash in between, the tail is
/// in both places, which is harmless.
base::Result<void> quarantine_tail(base::FileSystem& files, const std::string& stream_folder,
                                   const TornTail& torn);

/// Quarantined tails that no record tells of yet: the one of this start, and that of an earlier one
/// that ended between cut and record. Where they lay is not known any more.
base::Result<std::vector<TornTail>> find_unrecorded_tails(base::FileSystem& files,
                                                          const std::string& stream_folder,
                                                          const LogState& state);

}  // namespace srasta::audit
