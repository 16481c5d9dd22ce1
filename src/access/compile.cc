#include "access/compile.h"

#include "base/encoding.h"

#include <algorithm>

namespace srasta::access {
namespace {

PermissionSet granted(const std::vector<std::string>& grants) {
  PermissionSet set;
  for (const std::string& grant : grants) {
    if (const auto permissions = parse_grant(grant)) set = set | *permissions;
  }
  return set;
}

std::optional<std::vector<std::string>> narrowing(const std::vector<std::string>& list) {
  return list.empty() ? std::nullopt : std::optional(list);
}

KeyRule key_rule(const config::AccessKey& key) {
  KeyRule rule{.subject = key.subject,
               .tenant = key.tenant,
               .roles = key.roles,
               .models = narrowing(key.models),
               .personas = key.personas,
               .networks = key.networks,
               .expires = key.expires};
  const std::string secret = base::from_hex(key.secret_sha256).value_or("");
  if (secret.size() == rule.secret.size()) std::ranges::copy(secret, rule.secret.begin());
  return rule;
}

crypto::Digest source_of(const config::Loaded& loaded) {
  crypto::Sha256 hash;
  for (const config::Setting& setting : loaded.settings) {
    if (!setting.key.starts_with("access.") && setting.key != "tenants") continue;
    hash.update(setting.key + " = " + setting.value + "\n");
  }
  return hash.finish();
}

}  // namespace

AccessRules compile_access(const config::Loaded& loaded) {
  const config::Config& config = loaded.config;
  AccessRules rules;
  rules.source = source_of(loaded);
  for (const auto& [role, grants] : config.access.roles) rules.roles.set(role, granted(grants));
  for (const base::TenantId& tenant : config.tenants) rules.tenants[tenant] = false;
  for (const base::TenantId& tenant : config.access.suspended_tenants) {
    rules.tenants[tenant] = true;
  }
  rules.models = config.access.models;
  for (const config::Persona& persona : config.access.personas) {
    const PermissionSet permissions =
        persona.permissions.empty() ? PermissionSet::everything() : granted(persona.permissions);
    rules.personas[persona.name] = {permissions, narrowing(persona.models)};
  }
  for (const config::AccessUser& user : config.access.users) {
    const PrincipalBytes principal = principal_bytes(user.issuer, user.tenant.view(), user.subject);
    rules.users[principal] = {.disabled = user.disabled, .deny_roles = user.deny_roles};
  }
  for (const config::AccessKey& key : config.access.keys) rules.keys[key.id] = key_rule(key);
  return rules;
}

}  // namespace srasta::access
