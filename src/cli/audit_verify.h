#pragma once

#include "cli/audit.h"
#include "cli/command_line.h"

#include <cstdint>
#include <string>
#include <vector>

namespace srasta::cli {

/// What is known of a ledger from elsewhere, and how its verdict is printed.
struct AuditVerify {
  enum class Format : uint8_t { Text, Json, Sarif };

  std::string data_folder;
  std::string trust;               ///< file of verifier keys; empty: the folder's own log key
  std::vector<std::string> since;  ///< files of checkpoints
  std::string witness;             ///< file of a policy; empty: no witness is asked for
  bool complete = false;           ///< then whether everything has an end, too
  Format format = Format::Text;
};

/// Verifies every stream and prints the verdicts. Exit status: 0 intact and anchored (and
/// complete), 1 violated or incomplete, 2 intact but not anchored, 3 unreadable, 4 a file of the
/// command line is not what it should be.
[[nodiscard]] int run_audit_verify(const AuditVerify& verify);

/// `verify` below `srasta audit`; `source` must outlive the command line.
void add_audit_verify(Command audit, const AuditSource& source);

}  // namespace srasta::cli
