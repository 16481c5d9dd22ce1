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
  Decision decision = decide(caller.permissions(), needed);
  // Whatever the roles say: tools are for those who act under a persona.
  if (!decision.allowed() && caller.personas().empty() && kToolPermissions.contains(needed)) {
    decision.reason = "persona_missing";
  }
  return decision;
}

}  // namespace srasta::access
