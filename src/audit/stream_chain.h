#pragma once

#include "audit/checked_record.h"
#include "audit/epoch_sequence.h"
#include "audit/ledger_report.h"
#include "audit/pruned_prefix.h"
#include "audit/record_checker.h"
#include "audit/segment_text.h"
#include "audit/wanted_roots.h"
#include "base/file.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace srasta::audit {

/// Reads the records of a stream, in order, and sees that each one follows the one before. Its
/// epochs and its tree come along.
class StreamChain {
 public:
  /// Called for each record of the chain.
  using Sink = std::function<void(const CheckedRecord&)>;

  /// `prunes` say which records at its beginning may be missing; they must outlive the object.
  StreamChain(base::FileSystem& files, std::string stream_folder, std::string origin,
              WantedRoots& roots, std::span<const PrunedPrefix> prunes)
      : files_(files),
        folder_(std::move(stream_folder)),
        origin_(std::move(origin)),
        roots_(roots),
        prunes_(prunes) {}

  /// Fills in what the chain says: `first`, `records`, `head`, `notes`, `violation`. `first_keys`
  /// are those of which epoch 0 must have one, if there are any.
  void verify(StreamReport& report, const std::vector<tlog::VerifierKey>& first_keys,
              const Sink& sink);

  [[nodiscard]] const EpochSequence& epochs() const { return epochs_; }
  /// Records whose tree is known from `prunes` only.
  [[nodiscard]] uint64_t pruned() const { return pruned_ ? pruned_->upto() : 0; }

 private:
  struct NamedSegment {
    uint64_t first = 0;
    std::string name;
  };

  void violated(Verdict verdict, uint64_t seq, const std::string& where);
  bool list_segments();
  void find_prune();
  bool begin(const std::vector<tlog::VerifierKey>& first_keys);
  /// What `prunes` say of the records before the next one: that it follows them, their tree and the
  /// epoch that goes on.
  bool resume(const PrunedPrefix& pruned, const std::string& segment);
  /// The prune whose end was not reached yet, so that tree and epochs are not known; else null.
  [[nodiscard]] const PrunedPrefix* awaited() const {
    return pruned_ && report_->records < pruned_->upto() ? &*pruned_ : nullptr;
  }
  void verify_segment(size_t index, const Sink& sink);
  void judge(const std::optional<CheckedRecord>& record, size_t index, const Sink& sink);
  void take(const CheckedRecord& record, const std::string& segment, const Sink& sink);
  bool begin_epoch(const CheckedRecord& record, const std::string& segment);
  /// Whether a record stands in segment `index` or behind it. None before the place where it is
  /// missed has its number.
  bool occurs_later(uint64_t seq, size_t index);

  base::FileSystem& files_;
  const std::string folder_;
  const std::string origin_;
  WantedRoots& roots_;
  const std::span<const PrunedPrefix> prunes_;
  std::optional<PrunedPrefix> pruned_;
  EpochSequence epochs_;
  RecordChecker checker_;
  StreamReport* report_ = nullptr;
  std::vector<NamedSegment> segments_;
  std::string prev_;  // hexadecimal; empty: nobody knows
};

}  // namespace srasta::audit
