#pragma once

#include "base/file.h"
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
  RecoveredTornTail,  ///< a start quarantined what a crash had left; no violation
  Modified,           ///< the record is not the one that was written
  Reordered,          ///< the record stands in another place
  DuplicateSeq,       ///< the number occurs again
  Gap,                ///< records are missing
  Truncated,          ///< the log ends inside a record
  SegmentMissing,     ///< a file, or the end of the file before it, is missing
  Unreadable,         ///< no verdict is possible
};

[[nodiscard]] std::string_view to_string(Verdict verdict);

struct Finding {
  Verdict verdict = Verdict::Unreadable;
  uint64_t seq = 0;   ///< the first record that it concerns
  std::string where;  ///< segment or file, for people

  friend bool operator==(const Finding&, const Finding&) = default;
};

struct StreamReport {
  std::string stream;
  uint64_t records = 0;              ///< of the unbroken chain from record 0
  crypto::Digest head{};             ///< leaf of the last of them
  std::vector<Finding> notes;        ///< recoveries
  std::optional<Finding> violation;  ///< the first; nothing after it was judged
};

struct LedgerReport {
  std::vector<StreamReport> streams;
  std::string problem;  ///< why nothing could be judged at all

  /// 0 intact, 1 violated, 3 unreadable.
  [[nodiscard]] int exit_code() const;
  /// Lines `<stream>: <VERDICT> <seq>[-<last>] ...`, ending with LF.
  [[nodiscard]] std::string text() const;
};

/// Verifies every stream in `<data>/audit` against docs/formats/audit-log.md, reading each byte
/// once. It shares nothing with the code that writes but the hash function. A stream may be written
/// meanwhile. This version has no checkpoints: records cut off whole from the end are not missed.
[[nodiscard]] LedgerReport verify_ledger(base::FileSystem& files, const std::string& folder);

}  // namespace srasta::audit
