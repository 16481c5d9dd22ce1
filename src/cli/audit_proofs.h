#pragma once

#include "cli/audit.h"

namespace srasta::cli {

/// `srasta audit prove|check-proof|check-receipt|consistency|complete|fsck`: what an auditor asks
/// beside `verify`. Exit status of each: 0 yes, 1 no, 2 not yet (no checkpoint covers it), 3 cannot
/// be read, 4 a file or value of the command line is not what it should be. `source` must outlive
/// the command line.
void add_audit_proofs(Command audit, const AuditSource& source);

}  // namespace srasta::cli
