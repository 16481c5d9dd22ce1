#pragma once

#include "cli/audit.h"

namespace srasta::cli {

/// `srasta audit checkpoint`: the checkpoint that binds every record that the stream has now, to
/// be kept elsewhere. Exit status: 0, 2 none does so within the time that was given, 3 the stream
/// cannot be read. `source` must outlive the command line.
void add_audit_checkpoint(Command audit, const AuditSource& source);

}  // namespace srasta::cli
