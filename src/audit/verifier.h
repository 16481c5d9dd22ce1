#pragma once

#include "audit/claim.h"
#include "audit/ledger_report.h"
#include "base/file.h"
#include "base/result.h"
#include "tlog/note_key.h"
#include "tlog/policy.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::audit {

/// What the one who verifies knows from elsewhere.
struct VerifyOptions {
  /// The log key (named by the install id or by the origin of a stream) and, for streams of which
  /// it is known, the key of epoch 0. Keys of other names mean nothing. Empty: the log key is what
  /// the folder says, which shows damage, but no forgery by somebody who made keys of his own.
  std::vector<tlog::VerifierKey> trusted;
  /// Checkpoints of streams of this installation.
  std::vector<Anchor> anchors;
  /// Which witnesses must have cosigned a checkpoint of each stream. Logs in it are named as the
  /// keys of `trusted`; where there is none, the log key is as above.
  std::optional<tlog::Policy> policy;
};

/// A file of `--trust`: a key a line, empty lines and lines that begin with `#` aside. Invalid for
/// anything else, and where there is no key.
[[nodiscard]] base::Result<std::vector<tlog::VerifierKey>> parse_trusted_keys(
    std::string_view text);

/// A file of `--since`: a note whose text is a checkpoint. Invalid for anything else.
[[nodiscard]] base::Result<Anchor> parse_anchor(std::string_view bytes, std::string name);

/// Verifies every stream in `<data>/audit` against docs/formats/audit-log.md, reading each record
/// once. It shares nothing with the code that writes but hashes and signatures. A stream may be
/// written meanwhile.
[[nodiscard]] LedgerReport verify_ledger(base::FileSystem& files, const std::string& folder,
                                         const VerifyOptions& options = {});

}  // namespace srasta::audit
