#pragma once

#include "audit/checked_record.h"
#include "audit/epoch_sequence.h"
#include "audit/ledger_report.h"
#include "audit/segment_text.h"
#include "audit/wanted_roots.h"
#include "base/file.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace srasta::audit {

/// Reads the records of a stream, in order, and sees that each one follows the one before. Its
/// epochs and its tree come along.
class StreamChain {
 public:
  /// Called for each record of the chain.
  using Sink = std::function<void(const CheckedRecord&)>;

  StreamChain(base::FileSystem& files, std::string stream_folder, std::string origin,
              WantedRoots& roots)
      : files_(files),
        folder_(std::move(stream_folder)),
        origin_(std::move(origin)),
        roots_(roots) {}

  /// Fills in what the chain says: `records`, `head`, `notes`, `violation`. `first_keys` are those
  /// of which epoch 0 must have one, if there are any.
  void verify(StreamReport& report, const std::vector<tlog::VerifierKey>& first_keys,
              const Sink& sink);

  [[nodiscard]] const EpochSequence& epochs() const { return epochs_; }

 private:
  struct NamedSegment {
    uint64_t first = 0;
    std::string name;
  };

  static std::optional<uint64_t> first_seq_of(std::string_view name);
  void violated(Verdict verdict, uint64_t seq, const std::string& where);
  bool list_segments();
  bool begin(const std::vector<tlog::VerifierKey>& first_keys);
  void verify_segment(size_t index, const Sink& sink);
  void judge(std::string_view line, size_t index, SegmentText& text, const Sink& sink);
  void take(const CheckedRecord& record, const std::string& segment, const Sink& sink);
  bool begin_epoch(const CheckedRecord& record, const std::string& segment);
  bool occurs_later(uint64_t seq, size_t index, SegmentText& rest);

  base::FileSystem& files_;
  const std::string folder_;
  const std::string origin_;
  WantedRoots& roots_;
  EpochSequence epochs_;
  StreamReport* report_ = nullptr;
  std::vector<NamedSegment> segments_;
  std::string prev_;  // hexadecimal
};

}  // namespace srasta::audit
