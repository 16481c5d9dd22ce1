#pragma once

#include "audit/search.h"
#include "cli/audit.h"
#include "cli/command_line.h"

#include <string>

namespace srasta::cli {

struct AuditSubject {
  std::string id;  ///< exactly as the provider gives it
  std::string tenant;
};

/// Erases the key of a subject's commitment, and records that. Asks on standard input unless `yes`.
/// Exit status: 0 done, or an erasure that ended half done is finished; 1 refused (a hold, no
/// confirmation), or the subject has no key; 3 the files cannot be read or written, 4 wrong usage.
[[nodiscard]] int run_audit_erase(const AuditSource& source, const AuditSubject& subject, bool yes);
/// Prints the name by which records know a subject. Exit status: 0; 1 if there is no key of him; 3
/// as above.
[[nodiscard]] int run_audit_subject(const AuditSource& source, const AuditSubject& subject);

/// Looks for the records of a subject: by his commitment, by his id where there is no key and the
/// id is a plain one. Code::NotFound: no record can be found by it.
[[nodiscard]] base::Result<void> look_for_subject(const AuditSource& source,
                                                  const AuditSubject& subject, audit::Query& query);

/// `erase` and `subject` below `srasta audit`; `source` must outlive the command line.
void add_audit_erasure(Command audit, const AuditSource& source);

}  // namespace srasta::cli
