#include "base/encoding.h"
#include "base/weak_secret.h"
#include "config/draft.h"
#include "config/values.h"
#include "crypto/hash.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

namespace srasta::config {
namespace {

constexpr std::array<std::string_view, 8> kBuiltInRoles = {
    "owner", "admin", "operator", "security", "auditor", "developer", "user", "service"};
constexpr size_t kKeyIdCharacters = 12;
constexpr size_t kKeySecretCharacters = 43;
constexpr size_t kDigestCharacters = 64;

/// What `names` of the configuration may name.
struct Known {
  std::string what;  ///< "role"
  std::vector<std::string> names;
  bool refused = false;  ///< their list is wrong already: what follows from it would only confuse
};

Known known_roles(const Config& config) {
  Known known{"role", {kBuiltInRoles.begin(), kBuiltInRoles.end()}};
  for (const auto& [role, grants] : config.access.roles) known.names.push_back(role.str());
  return known;
}

Known known_tenants(const Draft& draft) {
  Known known{"tenant", {}};
  known.refused =
      std::ranges::find(draft.problems, "tenants", &Problem::key) != draft.problems.end();
  for (const base::TenantId& tenant : draft.config.tenants) known.names.push_back(tenant.str());
  return known;
}

Known known_personas(const Config& config) {
  Known known{"persona", {}};
  for (const Persona& persona : config.access.personas) known.names.push_back(persona.name);
  return known;
}

void require(Draft& draft, const Known& known, const std::string& key, const std::string& name) {
  if (known.refused || name.empty() || std::ranges::find(known.names, name) != known.names.end())
    return;
  complain(draft, key,
           fmt::format("no {} is called \"{}\"{}", known.what, name, suggestion(name, known.names)),
           fmt::format("{}", fmt::join(known.names, ", ")));
}

template <typename Names>
void require_all(Draft& draft, const Known& known, const std::string& key, const Names& names) {
  for (const auto& name : names) require(draft, known, key, std::string(name.view()));
}

void check_tenant_names(Draft& draft) {
  for (const base::TenantId& tenant : draft.config.tenants) {
    if (is_tenant_name(tenant.view())) continue;
    complain(draft, "tenants", fmt::format("\"{}\" is not a tenant's name", tenant.str()),
             "1 to 41 of a-z 0-9 -, the first a letter or digit");
  }
}

void check_issuers(Draft& draft, const Known& roles, const Known& tenants) {
  for (size_t index = 0; index < draft.config.issuers.size(); ++index) {
    const Issuer& issuer = draft.config.issuers[index];
    const std::string key = fmt::format("identity.issuers[{}]", index);
    for (const auto& [value, mapped] : issuer.roles.map) {
      require_all(draft, roles, key + ".roles.map." + value, mapped);
    }
    require_all(draft, tenants, key + ".tenant.allowed", issuer.tenant.allowed);
    for (const auto& [value, tenant] : issuer.tenant.map) {
      require(draft, tenants, key + ".tenant.map." + value, tenant.str());
    }
  }
}

bool is_key_id(std::string_view text) {
  return text.size() == kKeyIdCharacters && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
         });
}

bool is_lower_hex(std::string_view text) {
  return text.size() == kDigestCharacters && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// Whether it is the digest of a weak secret (base/weak_secret.h); what is repeated, as often as a
/// key is long.
bool is_weak_digest(std::string_view digest) {
  const auto known = base::known_secrets();
  std::vector<std::string> weak(known.begin(), known.end());
  weak.emplace_back();
  for (char c = '!'; c <= '~'; ++c) weak.emplace_back(kKeySecretCharacters, c);
  return std::ranges::any_of(weak, [&](const std::string& secret) {
    return base::to_hex(crypto::bytes_of(crypto::sha256(secret))) == digest;
  });
}

void check_keys(Draft& draft, const Known& roles, const Known& tenants) {
  const Known personas = known_personas(draft.config);
  std::set<std::string> seen;
  for (size_t index = 0; index < draft.config.access.keys.size(); ++index) {
    const AccessKey& one = draft.config.access.keys[index];
    const std::string key = fmt::format("access.keys[{}]", index);
    if (!one.id.empty() && !is_key_id(one.id)) {
      complain(draft, key + ".id", "not the id of a key", "12 characters of a-z 2-7");
    } else if (!one.id.empty() && !seen.insert(one.id).second) {
      complain(draft, key + ".id", fmt::format("\"{}\" stands twice", one.id), "each id once");
    }
    if (!one.secret_sha256.empty() && !is_lower_hex(one.secret_sha256)) {
      complain(draft, key + ".secret_sha256", "not a SHA-256", "64 characters of 0-9 a-f");
    } else if (is_weak_digest(one.secret_sha256)) {
      complain(draft, key + ".secret_sha256", "a secret that everybody can guess",
               "a key made with `srasta key new`");
    }
    require(draft, tenants, key + ".tenant", one.tenant.str());
    require_all(draft, roles, key + ".roles", one.roles);
    for (const std::string& persona : one.personas) {
      require(draft, personas, key + ".personas", persona);
    }
  }
}

void check_users(Draft& draft, const Known& roles, const Known& tenants) {
  std::set<std::string> seen;
  for (size_t index = 0; index < draft.config.access.users.size(); ++index) {
    const AccessUser& user = draft.config.access.users[index];
    const std::string key = fmt::format("access.users[{}]", index);
    require(draft, tenants, key + ".tenant", user.tenant.str());
    require_all(draft, roles, key + ".deny_roles", user.deny_roles);
    if (!seen.insert(fmt::format("{}\n{}\n{}", user.issuer, user.tenant.view(), user.subject))
             .second) {
      complain(draft, key, "this caller stands twice", "each caller once");
    }
  }
}

template <typename Rules>
void check_limits(Draft& draft, const std::string& list, const Rules& rules, const Known& roles,
                  const Known& tenants) {
  std::set<std::string> seen;
  for (size_t index = 0; index < rules.size(); ++index) {
    const std::string key = fmt::format("{}[{}]", list, index);
    if (!rules[index].name.empty() && !seen.insert(rules[index].name).second) {
      complain(draft, key + ".name", fmt::format("\"{}\" stands twice", rules[index].name),
               "each name once");
    }
    require_all(draft, roles, key + ".roles", rules[index].roles);
    require_all(draft, tenants, key + ".tenants", rules[index].tenants);
  }
}

void check_streams(Draft& draft) {
  std::set<LimitPer> seen;
  for (size_t index = 0; index < draft.config.limits.streams.size(); ++index) {
    if (seen.insert(draft.config.limits.streams[index].per).second) continue;
    complain(draft, fmt::format("limits.streams[{}].per", index), "stands twice", "each once");
  }
}

}  // namespace

void check_access_rules(Draft& draft) {
  const Config& config = draft.config;
  const Known roles = known_roles(config);
  const Known tenants = known_tenants(draft);
  check_tenant_names(draft);
  check_issuers(draft, roles, tenants);
  if (config.access.models) {
    for (const auto& [role, patterns] : *config.access.models) {
      require(draft, roles, "access.models." + role.str(), role.str());
    }
  }
  require_all(draft, tenants, "access.suspended_tenants", config.access.suspended_tenants);
  check_users(draft, roles, tenants);
  check_keys(draft, roles, tenants);
  check_streams(draft);
  check_limits(draft, "limits.rates", config.limits.rates, roles, tenants);
  check_limits(draft, "limits.budgets", config.limits.budgets, roles, tenants);
}

}  // namespace srasta::config
