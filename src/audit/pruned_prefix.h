#pragma once

#include "audit/checked_record.h"
#include "audit/event.h"
#include "crypto/hash.h"
#include "tlog/compact_range.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// The stream of an operator's acts on the ledger itself. It is never pruned.
inline constexpr std::string_view kOperatorStream = "operator";

/// What a record `log.pruned` says (docs/formats/audit-log.md, "Retention"): the records of a
/// stream before number `tree.size()` may be missing.
struct PrunedPrefix {
  std::string stream;
  uint64_t from = 0;        ///< the first record that was kept when it was written
  tlog::CompactRange tree;  ///< of the records that may be missing
  crypto::Digest leaf{};    ///< of the last of them
  uint64_t size = 0;        ///< of the signed tree that was relied on; larger than `tree.size()`
  crypto::Digest root{};    ///< of that tree
  uint64_t epoch = 0;       ///< to which the first kept record belongs
  uint64_t epoch_from = 0;  ///< records up to the `log.epoch` of that epoch; 0 for epoch 0
  crypto::Digest epoch_key{};
  uint64_t seq = 0;  ///< of the record itself

  [[nodiscard]] uint64_t upto() const { return tree.size(); }
};

/// Nothing if the record is of another act, or says nothing that could be true.
[[nodiscard]] std::optional<PrunedPrefix> read_pruned(const CheckedRecord& record);

/// The record. `pruned` and `roots`, which are `pruned.tree.hashes()`, must outlive the event.
[[nodiscard]] Event pruned_event(const PrunedPrefix& pruned, std::span<const crypto::Digest> roots);

/// The one that allows a stream to begin with a segment of this number: the smallest that reaches
/// as far. One that reaches farther allows it, too, since segments are removed one by one. None for
/// a stream that begins with its first record.
[[nodiscard]] std::optional<PrunedPrefix> prune_for(std::span<const PrunedPrefix> prunes,
                                                    uint64_t first);

}  // namespace srasta::audit
