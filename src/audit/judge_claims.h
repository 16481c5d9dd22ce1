#pragma once

#include "audit/claim.h"
#include "audit/epoch_sequence.h"
#include "audit/wanted_roots.h"
#include "tlog/note_key.h"
#include "tlog/policy.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace srasta::audit {

/// Which cosignatures a checkpoint of a stream needs to count as witnessed.
struct Quorum {
  const tlog::Policy* policy;
  std::vector<tlog::VerifierKey> log_keys;  ///< one of which must have signed it, too
};

/// What is known of a stream whose chain is intact.
struct KnownStream {
  std::string origin;
  uint64_t records = 0;
  const EpochSequence& epochs;
  const WantedRoots& roots;                     ///< with the sizes of all claims
  std::span<const tlog::VerifierKey> log_keys;  ///< under the name of the origin
  const std::optional<Quorum>& quorum;
  uint64_t pruned = 0;  ///< records whose tree, and nothing else, is known from `operator`
};

/// Judges the claims on one stream (docs/formats/audit-log.md, "Verifying"), in their order.
class ClaimJudge {
 public:
  explicit ClaimJudge(const KnownStream& stream)
      : stream_(stream), of_epoch_(stream.epochs.count()) {}

  /// What is wrong with it.
  [[nodiscard]] std::optional<Finding> judge(const Claim& claim);

  /// The records that right claims bind, whoever has the keys of today; nothing without such
  /// claims.
  [[nodiscard]] std::optional<uint64_t> anchored() const;
  /// The records that a quorum of witnesses has seen; nothing where none was asked for or found.
  [[nodiscard]] std::optional<uint64_t> witnessed() const { return by_quorum_; }
  /// Whether each epoch that ended did so well: its own key, or an anchor, binds its last record.
  [[nodiscard]] bool ended_well() const;
  /// Where claims lie that could not be judged, because the records are gone: one finding for each
  /// place, with the largest size.
  [[nodiscard]] const std::vector<Finding>& unchecked() const { return unchecked_; }

 private:
  struct OfEpoch {
    std::optional<uint64_t> anchored;  ///< by checkpoints with both signatures
    bool ended_well = false;
  };

  [[nodiscard]] std::optional<Verdict> contradiction(const Claim& claim);
  [[nodiscard]] std::optional<Verdict> wrong_signature(const Claim& claim, uint64_t epoch) const;
  /// Whether its cosignatures are right; counts them.
  [[nodiscard]] bool take_cosignatures(const Claim& claim);
  /// About records that are gone: what can still be said of it.
  [[nodiscard]] std::optional<Finding> judge_pruned(const Claim& claim);
  void count(const Claim& claim, uint64_t epoch);
  [[nodiscard]] bool is_bound(uint64_t epoch) const;

  const KnownStream& stream_;
  std::vector<OfEpoch> of_epoch_;
  std::optional<uint64_t> by_anchor_;
  std::optional<uint64_t> by_quorum_;
  std::vector<Finding> unchecked_;
  uint64_t last_of_log_ = 0;
};

}  // namespace srasta::audit
