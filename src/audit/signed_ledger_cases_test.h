#pragma once

#include "audit/signed_ledger_test.h"

#include <string>
#include <vector>

namespace srasta::audit {

/// For tests: a ledger, what is known of it from elsewhere, and what both verifiers must say.
struct LedgerCase {
  std::string name;
  std::string expected;  ///< as `short_verdict`
  Contents contents;
  std::string trust = {};               ///< file of `--trust`; empty: none
  std::vector<std::string> since = {};  ///< files of `--since`
  std::string witness = {};             ///< file of `--witness`; empty: none
};

/// For tests: one case or more for each row of the tables in docs/formats/audit-log.md,
/// "Verifying", and for each way to forge that the page names, whether or not it is noticed.
[[nodiscard]] std::vector<LedgerCase> signed_ledger_cases();

/// For tests: the same for records that were removed ("Retention" on that page).
[[nodiscard]] std::vector<LedgerCase> pruned_ledger_cases();

/// For tests: the same for what streams remember of each other (`ent`).
[[nodiscard]] std::vector<LedgerCase> entangled_ledger_cases();

/// For tests: what is just within or beyond the sizes that notes, names, keys and trees may have
/// ("Bounds" on that page).
[[nodiscard]] std::vector<LedgerCase> note_bounds_cases();

/// For tests: the options that the files of a case stand for.
inline VerifyOptions options_of(const LedgerCase& one) {
  VerifyOptions options;
  if (!one.trust.empty()) options.trusted = *parse_trusted_keys(one.trust);
  for (const std::string& bytes : one.since) {
    options.anchors.push_back(
        *parse_anchor(bytes, fmt::format("since-{}", options.anchors.size())));
  }
  if (!one.witness.empty()) options.policy = *tlog::Policy::parse(one.witness);
  return options;
}

}  // namespace srasta::audit
