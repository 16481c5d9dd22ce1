#pragma once

#include <string>

namespace srasta::gateway {

/// What `/readyz` and its kin answer from.
struct Readiness {
  bool ledger = false;     ///< evidence can be written
  bool identity = false;   ///< an identity snapshot is loaded
  bool access = false;     ///< the access rules are on record
  bool keys = false;       ///< every issuer's keys are there and not too old
  bool inference = false;  ///< at least one inference server answers

  [[nodiscard]] bool ready() const { return ledger && identity && access && keys; }
};

/// {"status":"ready"|"not_ready","checks":{...}}.
[[nodiscard]] std::string readiness_json(const Readiness& readiness, bool good);

}  // namespace srasta::gateway
