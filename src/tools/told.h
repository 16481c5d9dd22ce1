#pragma once

#include "policy/arguments.h"
#include "policy/reason.h"

#include <optional>
#include <string>

namespace srasta::tools {

/// What becomes of a call, before REST (`answer.h`) or MCP puts it into words. Its record is
/// written already.
struct Told {
  /// Why not; None: it was carried out. What the caller may know of: NOT_FOUND for what he is not
  /// told of.
  policy::Reason reason = policy::Reason::None;
  std::string result = {};  ///< one JSON object, if it was carried out
  std::optional<policy::Arguments::Fault> fault = std::nullopt;  ///< in the arguments
  /// Nothing was carried out or told, as the audit log could not take it.
  bool not_recorded = false;

  [[nodiscard]] bool done() const { return reason == policy::Reason::None && !not_recorded; }
};

}  // namespace srasta::tools
