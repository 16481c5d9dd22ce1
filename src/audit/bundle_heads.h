#pragma once

#include "audit/bundle.h"
#include "base/result.h"
#include "tlog/note.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace srasta::audit {

/// What the members of a bundle that stand before the proofs say, once it is checked.
struct BundleHeads {
  std::string origin;
  tlog::Note note;  ///< of `checkpoint`
  tlog::Checkpoint checkpoint;
  std::optional<uint64_t> cosigned;   ///< size of `cosigned`
  std::optional<uint64_t> witnessed;  ///< size of the larger of both that a quorum has cosigned
};

/// Checks checkpoint, keys and what was cosigned. `members` are the contents by name. Corrupt as
/// for `check_bundle`.
[[nodiscard]] base::Result<BundleHeads> check_bundle_heads(
    const std::map<std::string, std::string>& members, const BundleManifest& manifest,
    const BundleOptions& options);

}  // namespace srasta::audit
