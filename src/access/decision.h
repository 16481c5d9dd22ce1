#pragma once

#include "access/permission.h"

#include <cstdint>
#include <string_view>

namespace srasta::access {

class Caller;

/// Zero is deny: what nobody decided is refused.
enum class Verdict : uint8_t { Deny, Allow };

/// Whether an act may happen, and why. It is what the audit record of the act stores.
struct [[nodiscard]] Decision {
  Verdict verdict = Verdict::Deny;
  /// What decided: "role_grant", or "default_deny" when nothing granted it.
  std::string_view rule = "default_deny";
  /// The permission that was asked for, by name; audit's `pol.why`.
  std::string_view permission;
  /// Audit reason: "permission" on a denial, or "persona_missing" where tools need one; empty
  /// otherwise.
  std::string_view reason = "permission";

  [[nodiscard]] bool allowed() const { return verdict == Verdict::Allow; }
};

/// Default deny: only a permission in the set is allowed.
Decision decide(PermissionSet held, Permission needed);

/// Whether `caller` holds `needed` by its effective permissions.
Decision decide(const Caller& caller, Permission needed);

}  // namespace srasta::access
