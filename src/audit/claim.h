#pragma once

#include "audit/checkpoint_log.h"
#include "audit/ledger_report.h"
#include "audit/pruned_prefix.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "tlog/note.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// A checkpoint from outside the folder: what `--since` names, with cosignatures or without.
struct Anchor {
  tlog::Note note;
  std::string name;  ///< for people, as in the report
};

/// What a record of the stream `install` says of another stream.
struct Told {
  uint64_t size = 0;
  crypto::Digest root{};
};

/// Something that says which root the first `size` records of a stream have.
struct Claim {
  enum class By : uint8_t { Log, End, Checkpoint, Head, Cosigned, Anchor, Install };

  By by;
  std::string where;             ///< file or stream, for people
  uint64_t epoch = 0;            ///< which one it ends, By::End only
  std::optional<Verdict> fault;  ///< why it says nothing: Unreadable or BadSignature
  uint64_t size = 0;
  crypto::Digest root{};
  tlog::Note note;  ///< of all but By::Install, which has no signature of its own
};

/// All that is claimed of a stream. Made before its records are read, since a stream that is
/// written meanwhile only grows.
class Claims {
 public:
  static Claims read(base::FileSystem& files, const std::string& stream_folder,
                     std::string_view origin);
  /// `cosigned` and `cosigned-<n>`, which count only for somebody who knows the witnesses.
  void add_cosigned(base::FileSystem& files, const std::string& stream_folder);
  void add_anchor(const Anchor& anchor);
  void add_told(const Told& told);
  /// What a record of the stream `operator` says.
  void add_pruned(const PrunedPrefix& pruned);

  /// In the order in which they are to be judged, until `judge(claim)` says no.
  template <typename Judge>
  void each(Judge&& judge) {
    log_.rewind();
    while (auto claim = next_of_log()) {
      if (!judge(*claim)) return;
      if (claim->fault) break;  // no saying where the next one begins
    }
    for (const Claim& claim : others_) {
      if (!judge(claim)) return;
    }
  }

 private:
  std::optional<Claim> next_of_log();
  void add_ends(base::FileSystem& files, const std::string& stream_folder);
  void add_file(base::FileSystem& files, const std::string& stream_folder, Claim claim);

  std::string origin_;
  CheckpointLog log_;
  std::vector<Claim> others_;
};

}  // namespace srasta::audit
