#pragma once

#include "policy/policy.h"
#include "policy/reason.h"

#include <cstdint>
#include <string>
#include <vector>

namespace srasta::policy {

/// A call as its audit record tells of it. Arguments are in no record, but for the repository.
struct RecordedCall {
  std::string tool;
  std::string repository;  ///< empty: about none, or one that there was not
  std::string persona;
  std::vector<std::string> roles;
  base::WallTime at{};
  std::string why;  ///< the reason by name; ALLOW
};

/// What another policy makes of it, as far as a record goes: by persona, role, repository and
/// rules.
struct Replayed {
  enum class Change : uint8_t {
    None,
    Refused,   ///< it went through, and would not
    Asks,      ///< it went through, and would have to be approved
    GoesOn,    ///< it was refused by one of these gates, and would get past them
    CannotSay  ///< the record, or a rule that looks at arguments, leaves it open
  };
  Change change = Change::CannotSay;
  Reason reason = Reason::None;  ///< of Refused
};

[[nodiscard]] Replayed replay(const Policy& policy, const RecordedCall& call);

}  // namespace srasta::policy
