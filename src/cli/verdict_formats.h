#pragma once

#include "audit/ledger_report.h"

#include <string>

namespace srasta::cli {

/// The report of a verification for programs, without a final newline (docs/audit.md).
[[nodiscard]] std::string render_json(const audit::LedgerReport& report);
/// SARIF 2.1.0: a result for each violation (error) and each note (note).
[[nodiscard]] std::string render_sarif(const audit::LedgerReport& report);

}  // namespace srasta::cli
