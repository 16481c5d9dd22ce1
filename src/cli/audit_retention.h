#pragma once

#include "base/clock.h"
#include "cli/audit.h"
#include "cli/command_line.h"
#include "config/config.h"

#include <string>

namespace srasta::cli {

struct AuditPrune {
  std::string before;   ///< UTC; empty: `keep` decides
  base::Millis keep{};  ///< older records go
  bool dry_run = false;
};

struct AuditHold {
  std::string name;
  std::string stream;  ///< empty: all
  std::string code;
};

/// Removes whole old segments of a stream once a checkpoint covers the record that says so. Exit
/// status: 0 done, or nothing to do; 1 refused (a hold, a violation), 2 not yet: do what the
/// message says and run it again; 3 the ledger cannot be read or written, 4 wrong usage.
[[nodiscard]] int run_audit_prune(const AuditSource& source, const AuditPrune& prune);
/// Sets a hold. Exit status: 0, 1 if one of that name is on, 3, 4 as above.
[[nodiscard]] int run_audit_hold(const AuditSource& source, const AuditHold& hold);
/// Ends it. Exit status: 0, 1 if none of that name is on, 3, 4 as above.
[[nodiscard]] int run_audit_release(const AuditSource& source, const std::string& name);
/// Prints the holds that are on. Exit status: 0, 1 if `operator` is violated, 3 as above.
[[nodiscard]] int run_audit_holds(const AuditSource& source);

/// `prune`, `hold`, `release` and `holds` below `srasta audit`; `source` and `environment` must
/// outlive the command line.
void add_audit_retention(Command audit, const AuditSource& source,
                         const config::Environment& environment);

}  // namespace srasta::cli
