#include "access/standing.h"

#include "access/principal.h"

#include <algorithm>
#include <utility>

namespace srasta::access {
namespace {

using Facts = Claimed::Facts;

std::vector<base::RoleName> counting_roles(const std::vector<base::RoleName>& claimed,
                                           const RoleTable& known,
                                           const std::vector<base::RoleName>& denied) {
  std::vector<base::RoleName> roles;
  for (const base::RoleName& role : claimed) {
    if (known.knows(role) && std::ranges::find(denied, role) == denied.end()) roles.push_back(role);
  }
  return roles;
}

/// What the snapshot says of who presents the token in the name of its subject.
UserRule delegate_rule(const Facts& claimed, const AccessSnapshot& snapshot) {
  if (claimed.delegates.empty()) return {};
  const Delegate& acting = claimed.delegates.front();
  return snapshot.user(principal_bytes(acting.issuer, claimed.tenant.view(), acting.subject))
      .value_or(UserRule{});
}

bool is_machine(const Facts& claimed, const std::vector<base::RoleName>& roles) {
  return claimed.machine || !claimed.key_id.empty() ||
         std::ranges::find(roles, base::RoleName("service")) != roles.end();
}

/// What the personas leave together.
struct Left {
  PermissionSet permissions;
  std::optional<std::vector<std::string>> models = std::vector<std::string>{};
};

Left left_by(const std::vector<std::string>& personas, const AccessSnapshot& snapshot) {
  Left left;
  for (const std::string& name : personas) {
    const PersonaRule* const persona = snapshot.persona(name);
    if (persona == nullptr) continue;
    left.permissions = left.permissions | persona->permissions;
    if (!persona->models) left.models.reset();
    if (left.models && persona->models) {
      left.models->insert(left.models->end(), persona->models->begin(), persona->models->end());
    }
  }
  return left;
}

void take_tools_without_persona(Standing& made) {
  if (made.personas.empty()) made.permissions = made.permissions - kToolPermissions;
}

/// What another service says of its caller, without permissions.
Standing passed_on(const Facts& facts) {
  return {.principal = principal_id(
              principal_bytes(facts.principal_issuer, facts.tenant.view(), facts.subject)),
          .roles = facts.roles,
          .personas = facts.personas};
}

}  // namespace

std::string_view to_string(CallerKind kind) {
  return kind == CallerKind::Service ? "service" : "user";
}

std::expected<Standing, Barred> standing_of(const Facts& facts, const AccessSnapshot& snapshot,
                                            std::string_view chosen_persona) {
  using State = AccessSnapshot::TenantState;
  const State tenant = snapshot.tenant(facts.tenant);
  if (tenant == State::Unknown) return std::unexpected(Barred::TenantUnknown);
  if (tenant == State::Suspended) return std::unexpected(Barred::TenantSuspended);
  std::optional<KeyRule> key;
  if (!facts.key_id.empty()) {
    key = snapshot.key(facts.key_id);
    // An id that came back for somebody else is not the key that was checked.
    if (!key || key->tenant != facts.tenant || key->subject != facts.subject) {
      return std::unexpected(Barred::KeyRevoked);
    }
  }
  const PrincipalBytes principal =
      principal_bytes(facts.principal_issuer, facts.tenant.view(), facts.subject);
  const UserRule user = snapshot.user(principal).value_or(UserRule{});
  if (user.disabled) return std::unexpected(Barred::Disabled);
  const UserRule acting = delegate_rule(facts, snapshot);
  if (acting.disabled) return std::unexpected(Barred::DelegateDisabled);

  Standing made{.principal = principal_id(principal), .revision = snapshot.revision()};
  std::vector<base::RoleName> denied = user.deny_roles;
  denied.insert(denied.end(), acting.deny_roles.begin(), acting.deny_roles.end());
  made.roles = counting_roles(key ? key->roles : facts.roles, snapshot.roles(), denied);
  if (made.roles.empty()) {
    return std::unexpected(facts.groups_overage ? Barred::GroupsOverage : Barred::NoRole);
  }
  made.kind = is_machine(facts, made.roles) ? CallerKind::Service : CallerKind::User;
  made.permissions = snapshot.roles().permissions_of(made.roles);
  if (facts.scopes) made.permissions = made.permissions & *facts.scopes;
  if (auto models = snapshot.models_of(made.roles)) made.models.narrow(*std::move(models));
  if (key && key->models) made.models.narrow(*key->models);

  made.personas = key ? key->personas : facts.personas;
  if (!chosen_persona.empty()) {
    if (std::ranges::find(made.personas, chosen_persona) == made.personas.end()) {
      return std::unexpected(Barred::NotOwnPersona);
    }
    made.personas = {std::string(chosen_persona)};
    made.chosen_persona = chosen_persona;
  }
  if (!made.personas.empty()) {
    Left left = left_by(made.personas, snapshot);
    made.permissions = made.permissions & left.permissions;
    if (left.models) made.models.narrow(*std::move(left.models));
  }
  take_tools_without_persona(made);
  return made;
}

Standing vouched_standing(const Facts& facts) {
  Standing made = passed_on(facts);
  made.kind = is_machine(facts, made.roles) ? CallerKind::Service : CallerKind::User;
  made.permissions = facts.scopes.value_or(PermissionSet{});
  take_tools_without_persona(made);
  return made;
}

Standing service_standing(const Facts& facts, const RoleTable& roles) {
  Standing made = passed_on(facts);
  made.kind = CallerKind::Service;
  made.permissions = roles.permissions_of(made.roles);
  if (facts.scopes) made.permissions = made.permissions & *facts.scopes;
  take_tools_without_persona(made);
  return made;
}

}  // namespace srasta::access
