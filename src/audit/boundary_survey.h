#pragma once

#include "audit/checked_record.h"
#include "audit/pruned_prefix.h"
#include "crypto/hash.h"
#include "tlog/compact_range.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// What is found of the begins of segments while the verified records of a stream pass once: what
/// a record `log.pruned` would have to say about each.
class BoundarySurvey {
 public:
  struct Boundary {
    PrunedPrefix prefix;     ///< without stream, checkpoint and record
    bool all_older = false;  ///< than the time that was asked for
  };
  struct Begin {
    std::vector<uint64_t> segments;  ///< numbers of their first records, in order
    crypto::Digest first_key{};      ///< of epoch 0
    std::string before;              ///< as in `PruneQuestion`
    uint64_t checkpoint = 0;         ///< the size whose root is wanted
  };

  /// `after` is what the stream begins behind, if records are missing.
  BoundarySurvey(Begin begin, const std::optional<PrunedPrefix>& after);

  void add(const CheckedRecord& record);

  /// In order; those before the end of `after` are left out.
  [[nodiscard]] const std::vector<Boundary>& boundaries() const { return boundaries_; }
  [[nodiscard]] const Boundary* at(uint64_t upto) const;
  /// The root of the tree of `checkpoint` records, and the key of the epoch that it belongs to.
  [[nodiscard]] const std::optional<crypto::Digest>& root() const { return root_; }
  [[nodiscard]] uint64_t checkpoint_epoch() const { return checkpoint_epoch_; }
  [[nodiscard]] const crypto::Digest& checkpoint_key() const { return checkpoint_key_; }

 private:
  Begin begin_;
  PrunedPrefix now_;  // `tree` is that of the records that passed
  bool all_older_ = true;
  size_t next_segment_ = 0;
  std::vector<Boundary> boundaries_;
  std::optional<crypto::Digest> root_;
  uint64_t checkpoint_epoch_ = 0;
  crypto::Digest checkpoint_key_{};
};

}  // namespace srasta::audit
