#pragma once

#include "access/caller.h"
#include "access/permission.h"
#include "access/role.h"
#include "admin/refusal.h"
#include "base/strong.h"

#include <span>
#include <string>
#include <vector>

namespace srasta::admin {

/// Who asks for something, as the rules of administration see him.
struct Actor {
  std::string issuer;  ///< as principals are named by
  std::string subject;
  base::TenantId tenant;
  std::vector<base::RoleName> roles;
  access::PermissionSet permissions;
  bool by_key = false;   ///< he shows an API key, not a login
  bool on_host = false;  ///< the host's own operator, over the service's socket

  /// Whether he administers every tenant, and not his own only: owners and the host's operator.
  [[nodiscard]] bool reaches_all() const;
  /// Tenants out of reach look like tenants that do not exist.
  [[nodiscard]] bool reaches(std::string_view tenant_name) const {
    return reaches_all() || tenant.view() == tenant_name;
  }
};

[[nodiscard]] Actor actor_of(const access::Caller& caller);

/// Whether `actor` may give `role`, or take it: an owner every one, whoever may administer roles
/// those that give no power over others (operator, auditor, developer, user, service, and roles of
/// this platform that permit no more than these together).
[[nodiscard]] bool may_grant(const Actor& actor, const base::RoleName& role,
                             const access::RoleTable& roles);

/// Refused with `role_not_held` unless `actor` may grant all of them; unknown roles are invalid.
[[nodiscard]] Answered<void> check_grants(const Actor& actor, std::span<const std::string> roles,
                                          const access::RoleTable& known);

}  // namespace srasta::admin
