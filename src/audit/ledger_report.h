#pragma once

#include "crypto/hash.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// What verification says about a place in a stream.
enum class Verdict : uint8_t {
  Ok,                 ///< an unbroken chain
  UnanchoredTail,     ///< its newest records are bound by no checkpoint yet; no violation
  RecoveredTornTail,  ///< a start quarantined what a crash had left; no violation
  ClockStep,          ///< the clock of the host was set; no violation
  Restored,           ///< the stream was put back from a backup; no violation
  PrunedAuthorised,   ///< older records were removed as the stream `operator` says; no violation
  Unchecked,          ///< what was signed for removed records cannot be compared; no violation
  Modified,           ///< the record is not the one that was written
  Reordered,          ///< the record stands in another place
  DuplicateSeq,       ///< the number occurs again
  Gap,                ///< records are missing
  Truncated,          ///< the log ends inside a record, or before what it has signed
  RolledBack,         ///< it ends before what is known of it elsewhere
  SegmentMissing,     ///< a file, or the end of the file before it, is missing
  Fork,               ///< these are not the records that were signed
  BadSignature,       ///< a checkpoint is not one, or not signed as it should be
  EpochGap,           ///< the keys of the epochs do not follow each other
  Unreadable,         ///< no verdict is possible
};

[[nodiscard]] std::string_view to_string(Verdict verdict);

struct Finding {
  Verdict verdict = Verdict::Unreadable;
  uint64_t seq = 0;   ///< the first record that it concerns, or the size of the checkpoint
  std::string where;  ///< segment, file or reason, for people

  friend bool operator==(const Finding&, const Finding&) = default;
};

struct StreamReport {
  std::string stream;
  uint64_t first = 0;                 ///< number of the first record that is there
  uint64_t records = 0;               ///< of the unbroken chain, those before `first` included
  crypto::Digest head{};              ///< leaf of the last of them
  std::optional<uint64_t> anchored;   ///< records that checkpoints bind
  bool ended_well = true;             ///< whether each epoch that ended was signed for to its end
  bool asks_witnesses = false;        ///< whether a policy says which witnesses must have cosigned
  std::optional<uint64_t> witnessed;  ///< records that enough of them have seen
  std::vector<Finding> notes;         ///< recoveries, clock steps, removed records
  std::optional<Finding> violation;   ///< the first; nothing after it was judged

  /// Intact, but too few of its records are bound.
  [[nodiscard]] bool is_unanchored() const;
  /// Intact, but a policy asks for witnesses, and too few have cosigned enough of its records.
  [[nodiscard]] bool lacks_quorum() const;
  /// Found wrong after it had been judged by itself.
  void violate(Finding finding);
  /// Records that no checkpoint binds.
  [[nodiscard]] uint64_t tail() const { return records - anchored.value_or(0); }
};

struct LedgerReport {
  std::vector<StreamReport> streams;  ///< in the order of names
  std::string problem;                ///< why something could not be judged at all
  bool trusted_key = false;           ///< whether the log key was given from outside
  bool asks_witnesses = false;        ///< whether a policy was given

  /// 0 intact and anchored, 1 violated, 2 intact but not anchored, 3 unreadable.
  [[nodiscard]] int exit_code() const;
  /// Whether nothing was found; a ledger may be so without being anchored.
  [[nodiscard]] bool intact() const;
  /// For people: `<WORD> (<what it means>)`.
  [[nodiscard]] std::string sentence() const;
  /// The sentence, then lines `<stream>: <VERDICT> <seq>[-<last>] ...`, ending with LF.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] std::string anchoring() const;
  [[nodiscard]] std::string lacking() const;
};

}  // namespace srasta::audit
