#pragma once

#include "policy/arguments.h"
#include "policy/policy.h"
#include "policy/reason.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace srasta::tools {

/// What becomes of a call, before REST (`answer.h`) or MCP puts it into words. Its record is
/// written already.
struct Told {
  /// Why not; None: it was carried out. What the caller may know of: NOT_FOUND for what he is not
  /// told of.
  policy::Reason reason = policy::Reason::None;
  std::string result = {};  ///< one JSON object, if it was carried out
  std::optional<policy::Arguments::Fault> fault = std::nullopt;  ///< in the arguments
  /// Of ApprovalRequired: what is waited for; nothing: it cannot be approved now.
  struct Waiting {
    std::string approval;                           ///< id, for the same call again
    int64_t expires = 0;                            ///< seconds since 1970
    std::vector<policy::Approvers> approvers = {};  ///< each has to agree
    std::string digest = {};                        ///< of what is approved
  };
  std::optional<Waiting> waiting = std::nullopt;
  /// Nothing was carried out or told, as the audit log could not take it.
  bool not_recorded = false;

  [[nodiscard]] bool done() const { return reason == policy::Reason::None && !not_recorded; }
};

}  // namespace srasta::tools
