#pragma once

#include "base/result.h"
#include "tlog/checkpoint.h"
#include "tlog/note.h"
#include "tlog/proof.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::tlog {

/// No proof text that we read or write is larger, and none has more extra data.
inline constexpr size_t kMostProofTextBytes = kMostNoteBytes + 128 * 1024;
inline constexpr size_t kMostExtraBytes = 64 * 1024;

/// A proof that can be checked without the log (C2SP tlog-proof, `c2sp.org/tlog-proof@v1`): an
/// entry's index, its inclusion proof, and the signed checkpoint of the tree.
struct ProofText {
  /// Opaque and not authenticated by anything. Not empty where it is there.
  std::optional<std::string> extra;
  uint64_t index = 0;
  Proof proof;
  Note note;
  Checkpoint checkpoint;  ///< what `note` says

  bool operator==(const ProofText&) const = default;
};

/// Strict: what is accepted is exactly what `write_proof_text` writes. Checks form only, and that
/// the index is in the tree; whether the signatures count and the entry is in the tree is for
/// `verify_note` and `verify_inclusion`. Invalid for anything else, TooLarge over the limits.
[[nodiscard]] base::Result<ProofText> parse_proof_text(std::string_view text);

/// Writes everything but `checkpoint`, which must be what `note` says. Invalid and TooLarge for
/// what `parse_proof_text` would refuse.
[[nodiscard]] base::Result<std::string> write_proof_text(const ProofText& proof);

}  // namespace srasta::tlog
