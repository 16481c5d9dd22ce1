#pragma once

#include "audit/completeness.h"
#include "audit/pruned_prefix.h"
#include "audit/record.h"
#include "audit/under_way.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "tlog/compact_range.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
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

/// Where an epoch begins: with the first record, or with a `log.epoch`.
struct EpochBegin {
  crypto::Digest key{};  ///< its public key
  base::WallTime time;
  uint64_t size = 0;      ///< of the tree that ends with the record
  crypto::Digest root{};  ///< of that tree
};

/// What a stream's segments hold.
struct LogState {
  ChainEnd end;
  tlog::CompactRange tree;
  std::vector<EpochBegin> epochs;  ///< by number; of those before `first_epoch` nothing is known
  uint64_t first_epoch = 0;        ///< larger than 0 if the records before were pruned
  uint64_t pruned = 0;             ///< records that may be missing, and are
  uint64_t told_upto = 0;          ///< tails from before this number are in records
  std::map<uint64_t, crypto::Digest> roots;  ///< of the trees whose size was asked for
  uint64_t fence = 0;                        ///< of the last record
  std::optional<uint64_t> segment;           ///< first number of the last segment
  uint64_t segment_size = 0;                 ///< of the last segment, without a torn tail
  std::optional<TornTail> torn;
  std::vector<Completeness::Begun> unfinished;  ///< what has no end and can be given one
  /// Quarantine names that `log.recovered` tells of, of tails from `told_upto` on.
  std::vector<std::string> recovered;
};

/// The beginning of a log that need not be read.
struct KnownLog {
  LogState state;  ///< of all records up to one within `state.segment`
  UnderWay under_way;
};

/// What is asked of a stream's segments.
struct LogQuestion {
  std::string stream_folder;
  std::string origin;
  crypto::Digest first_key{};             ///< of epoch 0
  uint64_t largest_batch = 0;             ///< the most that a crash can leave torn
  std::vector<uint64_t> sizes = {};       ///< of trees whose roots are wanted
  std::vector<PrunedPrefix> prunes = {};  ///< which records at the beginning may be missing
  const KnownLog* known = nullptr;        ///< or where to begin instead of the first record
};

/// When a stored record says that it happened: long ago, if it does not.
[[nodiscard]] base::WallTime time_of(std::string_view line);

/// Lets `state` say that the records before those that it has seen are the pruned ones.
void begin_behind(LogState& state, const PrunedPrefix& pruned);

/// Verifies the chain from its first record, or from where `prunes` allow it to begin, or from what
/// is known. Only the end of the last segment may be damaged, and by no more than the largest
/// batch: unsynced pages are lost in any order, but never more than the one batch in flight.
/// Everything else is Code::Corrupt with a message that begins INTEGRITY.
base::Result<LogState> scan_log(base::FileSystem& files, const LogQuestion& question);

/// The message of an INTEGRITY error about `path`: what is wrong, and what to do.
[[nodiscard]] base::Error integrity_error(const std::string& stream_folder, const std::string& path,
                                          const std::string& what);

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
