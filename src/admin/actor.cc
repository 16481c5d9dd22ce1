#include "admin/actor.h"

#include "identity/host_operator.h"

#include <algorithm>
#include <array>

namespace srasta::admin {
namespace {

using access::Permission;

constexpr std::string_view kOwner = "owner";
constexpr std::array<std::string_view, 5> kOfEverybody = {"operator", "auditor", "developer",
                                                          "user", "service"};

/// What whoever may administer roles can pass on.
access::PermissionSet of_everybody(const access::RoleTable& built_in) {
  access::PermissionSet set;
  for (const std::string_view role : kOfEverybody) {
    set = set | built_in.permissions_of(base::RoleName(role));
  }
  return set;
}

}  // namespace

bool Actor::reaches_all() const {
  return on_host || std::ranges::find(roles, base::RoleName(kOwner)) != roles.end();
}

Actor actor_of(const access::Caller& caller) {
  const access::Claimed::Facts& facts = caller.claimed()->facts();
  return {.issuer = facts.principal_issuer,
          .subject = caller.subject(),
          .tenant = caller.tenant(),
          .roles = caller.roles(),
          .permissions = caller.permissions(),
          .by_key = !caller.key_id().empty(),
          .on_host = facts.principal_issuer == identity::kHostIssuer};
}

bool may_grant(const Actor& actor, const base::RoleName& role, const access::RoleTable& roles) {
  if (!actor.permissions.contains(Permission::AdminRoles)) return false;
  if (actor.reaches_all()) return true;
  static const access::RoleTable built_in = access::RoleTable::built_in();
  if (built_in.knows(role) && std::ranges::find(kOfEverybody, role.view()) == kOfEverybody.end()) {
    return false;
  }
  // The file may have given a role of that name more than it has by itself.
  return (roles.permissions_of(role) - of_everybody(built_in)).empty();
}

Answered<void> check_grants(const Actor& actor, std::span<const std::string> roles,
                            const access::RoleTable& known) {
  for (const std::string& name : roles) {
    const base::RoleName role(name);
    if (!known.knows(role)) return std::unexpected(invalid("roles"));
    if (!may_grant(actor, role, known)) {
      return std::unexpected(denied("role_not_held", "roles"));
    }
  }
  return {};
}

}  // namespace srasta::admin
