#pragma once

#include "audit/legal_hold.h"
#include "audit/pruned_prefix.h"
#include "base/file.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace srasta::audit {

/// Which records are to be removed.
struct PruneQuestion {
  std::string audit_folder;  ///< <data>/audit
  std::string install_id;
  std::string stream;
  std::string before;  ///< older ones may go; UTC, a prefix of the form of `t`, as "2026-11-24T09"
};

/// What a prune does: it removes the segments before `prefix.upto()`.
struct PrunePlan {
  PrunedPrefix prefix;
  uint64_t first = 0;    ///< the first record that is there now
  bool written = false;  ///< a record of `operator` says so already; `prefix.seq` is its number
};

/// Verifies the whole ledger, then finds the last segment before which everything is older and
/// bound by the stream's checkpoint with both signatures. The current segment always stays. Goes
/// on with a prune that ended half done. Nothing if there is nothing to remove. Errors: Denied (a
/// legal hold, which is named), Corrupt (a violation: nothing is removed from such a ledger),
/// NotFound (no such stream, or no checkpoint), Invalid (a stream that is never pruned), Io.
[[nodiscard]] base::Result<std::optional<PrunePlan>> plan_prune(base::FileSystem& files,
                                                                const PruneQuestion& question);

/// The holds that are on, for who has the lock of `operator` if they must stay as they are. Corrupt
/// if that stream is violated.
[[nodiscard]] base::Result<LegalHolds> read_holds(base::FileSystem& files,
                                                  const std::string& audit_folder,
                                                  const std::string& install_id);
/// Denied if one of them covers the stream.
[[nodiscard]] base::Result<void> check_holds(const LegalHolds& holds, const std::string& stream);

/// Removes the segments of the plan, oldest first, each durably before the next, so that a crash
/// leaves no gap; before that, makes durable the tiles that could not be made again. How many
/// segments were removed. Conflict unless the record that allows it is bound by a checkpoint with
/// both signatures: then nothing is removed.
[[nodiscard]] base::Result<uint64_t> remove_pruned(base::FileSystem& files,
                                                   const PruneQuestion& question,
                                                   const PrunedPrefix& prefix);

/// Whether `operator` has a record that allows it, bound by a checkpoint with both signatures.
[[nodiscard]] bool is_prune_authorised(base::FileSystem& files, const PruneQuestion& question,
                                       const PrunedPrefix& prefix);

}  // namespace srasta::audit
