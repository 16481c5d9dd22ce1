#pragma once

#include "audit/signed_ledger_cases_test.h"

#include <vector>

namespace srasta::audit {

/// For tests: ledgers that were taken to witnesses, and what is said of them by somebody who has a
/// policy (docs/formats/audit-log.md, "Witnesses").
[[nodiscard]] std::vector<LedgerCase> witnessed_ledger_cases();

}  // namespace srasta::audit
