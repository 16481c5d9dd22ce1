#include "access/decision.h"

#include "access/caller.h"

namespace srasta::access {

Decision decide(PermissionSet held, Permission needed) {
  Decision decision{.permission = to_string(needed)};
  if (held.contains(needed)) {
    decision.verdict = Verdict::Allow;
    decision.rule = "role_grant";
    decision.reason = {};
  }
  return decision;
}

Decision decide(const Caller& caller, Permission needed) {
  return decide(caller.permissions(), needed);
}

}  // namespace srasta::access
