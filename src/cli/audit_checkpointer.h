#pragma once

#include "cli/audit.h"

namespace srasta::cli {

/// `srasta audit checkpointer`: what `srasta up` does beside its services, for services that are
/// run one by one. `source` and `environment` must outlive the command line.
void add_audit_checkpointer(Command audit, const AuditSource& source,
                            const config::Environment& environment);

}  // namespace srasta::cli
