#pragma once

#include "audit/claim.h"
#include "audit/judge_claims.h"
#include "audit/ledger_report.h"
#include "audit/stream_chain.h"
#include "base/file.h"
#include "tlog/note_key.h"

#include <optional>
#include <string>
#include <vector>

namespace srasta::audit {

/// One stream and what is known of it beforehand.
struct StreamQuestion {
  std::string folder;  ///< of the stream
  std::string name;
  std::string origin;                         ///< `<install id>/<name>`
  std::vector<tlog::VerifierKey> log_keys;    ///< under the name of the origin
  std::vector<tlog::VerifierKey> first_keys;  ///< epoch 0 has one of them; empty: any
  std::vector<Anchor> anchors;
  std::vector<Told> told;  ///< by the stream `install`
  std::optional<Quorum> quorum;
  std::vector<PrunedPrefix> prunes;  ///< of this stream, by the stream `operator`
  /// Passes over what is wrong behind everything that is signed, as the next writer will: an end
  /// that a crash left.
  bool only_signed = false;
};

/// Verifies one stream; a part of `verify_ledger`. `sink` gets its records.
[[nodiscard]] StreamReport verify_stream(base::FileSystem& files, const StreamQuestion& question,
                                         const StreamChain::Sink& sink);

}  // namespace srasta::audit
