#pragma once

#include "cli/audit.h"

namespace srasta::cli {

/// `srasta audit export|check-bundle`: records for somebody else, and the check of what he got.
/// Exit status: 0 yes; 1 no record fits, damage, or a bundle that does not hold; 2 no checkpoint
/// covers the records yet; 3 cannot be read or written; 4 a file or value of the command line is
/// not what it should be. `source` must outlive the command line.
void add_audit_export(Command audit, const AuditSource& source);

}  // namespace srasta::cli
