#pragma once

#include "audit/ledger_completeness.h"
#include "audit/ledger_report.h"

#include <string>

namespace srasta::cli {

/// The report of a verification for programs, without a final newline (docs/audit.md).
/// `complete` is null where that was not asked for.
[[nodiscard]] std::string render_json(const audit::LedgerReport& report,
                                      const audit::LedgerCompleteness* complete);
/// SARIF 2.1.0: a result for each violation and for what is missing (error), and each note (note).
[[nodiscard]] std::string render_sarif(const audit::LedgerReport& report,
                                       const audit::LedgerCompleteness* complete);

}  // namespace srasta::cli
