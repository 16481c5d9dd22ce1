#pragma once

#include "audit/recovery.h"
#include "audit/signed_head.h"
#include "audit/tree_head.h"
#include "base/clock.h"
#include "base/result.h"

#include <optional>
#include <vector>

namespace srasta::audit {

/// What a start does about signatures: the signed heads that the folder has bind it, and the key
/// of the current epoch must be there. Code::Corrupt with an INTEGRITY message otherwise; nothing
/// that is there is changed.

/// The heads in a stream's folder that a writer must continue.
struct BoundHeads {
  std::optional<SignedHead> head;
  std::optional<SignedHead> checkpoint;

  [[nodiscard]] bool any() const { return head || checkpoint; }
  [[nodiscard]] std::vector<uint64_t> sizes() const;
};
[[nodiscard]] base::Result<BoundHeads> read_bound_heads(const TreeHead::Place& place);

/// The key of epoch 0; made for a stream that has neither records nor heads.
[[nodiscard]] base::Result<crypto::Digest> open_first_key(const TreeHead::Place& place,
                                                          const BoundHeads& heads);

/// Whether the records are those that the heads speak of. `state` was asked for their sizes.
[[nodiscard]] base::Result<void> check_heads(const TreeHead::Place& place, const BoundHeads& heads,
                                             const LogState& state);

/// Whether what is said to be under way is said of these records, by the writer of that epoch.
/// `state` was asked for the size.
[[nodiscard]] bool is_about(const SignedUnderWay& under_way, const TreeHead::Place& place,
                            const LogState& state);

/// The tree with the key that signs now; finishes a change of epochs that a crash left half done.
[[nodiscard]] base::Result<TreeHead> open_tree_head(const TreeHead::Place& place,
                                                    const LogState& state, base::WallTime now);

}  // namespace srasta::audit
