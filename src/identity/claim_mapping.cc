#include "identity/claim_mapping.h"

#include "config/values.h"
#include "identity/claims.h"

#include <algorithm>
#include <utility>

namespace srasta::identity {
namespace {

using json::Value;
using Unexpected = std::unexpected<TokenFault>;

/// Zitadel's name for the organisation that a principal belongs to.
constexpr std::string_view kOrganisationClaim = "urn:zitadel:iam:user:resourceowner:id";
/// Longer values cannot be names of roles or groups.
constexpr size_t kLongestRoleName = 64;
constexpr size_t kLongestGroupName = 64;

std::optional<std::string> only_member(Value object) {
  std::string name;
  object.for_each_member([&](std::string_view key, Value) { name = key; });
  return object.size() == 1 ? std::optional(name) : std::nullopt;
}

/// Whether the value of a member in an object of roles grants the role.
bool grants(Value value, std::string_view organisation) {
  if (value.is_object()) return !organisation.empty() && value.find(organisation).has_value();
  if (value.is_array()) return value.size() > 0;
  if (const auto text = value.string()) return !text->empty();
  return value.boolean().value_or(false);
}

void split_words(std::string_view text, std::vector<std::string>& out) {
  while (!text.empty() && out.size() < kMaxRoleValues) {
    const size_t space = text.find(' ');
    if (space != 0) out.emplace_back(text.substr(0, space));
    text = space == std::string_view::npos ? std::string_view{} : text.substr(space + 1);
  }
}

void collect(Value claim, std::string_view organisation, std::vector<std::string>& out) {
  if (const auto text = claim.string()) split_words(*text, out);
  for (size_t i = 0; claim.is_array() && i < claim.size() && out.size() < kMaxRoleValues; ++i) {
    if (const auto text = claim.at(i).string()) out.emplace_back(*text);
  }
  claim.for_each_member([&](std::string_view role, Value value) {
    if (out.size() < kMaxRoleValues && grants(value, organisation)) out.emplace_back(role);
  });
}

/// Entra ID leaves groups out when there are too many and points to where they are. The place it
/// names is never called.
bool has_groups_overage(Value claims) {
  const auto flag = claims.find("hasgroups");
  return claims.find("_claim_names").has_value() || (flag && flag->boolean().value_or(false));
}

bool is_text(const std::optional<Value>& claim, std::string_view expected) {
  return claim && claim->string() == expected;
}

/// Auth0's grant type, Entra's kind of token; Okta's token of a client names the client twice.
bool is_machine(Value claims) {
  if (is_text(claims.find("gty"), "client-credentials") || is_text(claims.find("idtyp"), "app")) {
    return true;
  }
  const auto client = claims.find("cid");
  const auto name = client ? client->string() : std::nullopt;
  return name && is_text(claims.find("sub"), *name);
}

/// A name of somebody in an object of `act`.
std::expected<std::string, TokenFault> name_in(Value actor, std::string_view member) {
  const auto claim = actor.find(member);
  const auto text = claim ? claim->string() : std::nullopt;
  if (!text) return Unexpected(TokenFault::ClaimType);
  if (text->empty() || text->size() > kMaxClaimBytes || has_control_characters(*text)) {
    return Unexpected(TokenFault::ClaimValue);
  }
  return std::string(*text);
}

std::expected<std::vector<access::Delegate>, TokenFault> delegates_of(std::optional<Value> actor) {
  std::vector<access::Delegate> delegates;
  for (; actor; actor = actor->find("act")) {
    if (delegates.size() == access::kMaxDelegates) return Unexpected(TokenFault::Delegation);
    if (!actor->is_object()) return Unexpected(TokenFault::ClaimType);
    auto subject = name_in(*actor, "sub");
    if (!subject) return Unexpected(subject.error());
    access::Delegate& delegate = delegates.emplace_back();
    delegate.subject = *std::move(subject);
    if (!actor->find("iss")) continue;
    auto issuer = name_in(*actor, "iss");
    if (!issuer) return Unexpected(issuer.error());
    delegate.issuer = *std::move(issuer);
  }
  return delegates;
}

}  // namespace

access::Claimed::Facts facts_of(Mapping mapping, std::string issuer,
                                std::vector<std::string> role_claims) {
  return {.issuer = issuer,
          .principal_issuer = std::move(issuer),
          .subject = std::move(mapping.subject),
          .tenant = std::move(mapping.tenant),
          .roles = std::move(mapping.roles),
          .scopes = mapping.scopes,
          .personas = std::move(mapping.personas),
          .delegates = std::move(mapping.delegates),
          .groups = std::move(mapping.groups),
          .machine = mapping.machine,
          .groups_overage = mapping.groups_overage,
          .role_claims = std::move(role_claims)};
}

std::expected<std::string, TokenFault> ClaimMapping::tenant_text(Value claims) const {
  const auto claim = claims.pointer(rules_.tenant.claim);
  if (!claim) return Unexpected(TokenFault::NoTenant);
  std::optional<std::string> text;
  if (const auto plain = claim->string()) text = std::string(*plain);
  if (claim->is_array() || claim->is_object()) {
    if (claim->size() > 1) return Unexpected(TokenFault::TenantAmbiguous);
    if (claim->size() == 1 && claim->is_object()) text = only_member(*claim);
    if (claim->size() == 1 && claim->is_array()) {
      if (const auto element = claim->at(0).string()) text = std::string(*element);
    }
  }
  if (!text || text->empty()) return Unexpected(TokenFault::NoTenant);
  if (has_control_characters(*text)) return Unexpected(TokenFault::ClaimValue);
  return *std::move(text);
}

std::expected<base::TenantId, TokenFault> ClaimMapping::tenant_of(const std::string& text) const {
  base::TenantId tenant(text);
  if (!rules_.tenant.map.empty()) {
    const auto mapped = rules_.tenant.map.find(text);
    if (mapped == rules_.tenant.map.end()) return Unexpected(TokenFault::TenantUnmapped);
    tenant = mapped->second;
  }
  const auto& allowed = rules_.tenant.allowed;
  if (!config::is_tenant_name(tenant.view()) || (!allowed.empty() && !allowed.contains(tenant))) {
    return Unexpected(TokenFault::TenantUnmapped);
  }
  return tenant;
}

std::vector<base::RoleName> ClaimMapping::roles_of(Value claims,
                                                   std::string_view organisation) const {
  std::vector<std::string> values;
  for (const std::string& pointer : rules_.roles.claims) {
    if (const auto claim = claims.pointer(pointer)) collect(*claim, organisation, values);
  }
  std::vector<base::RoleName> roles;
  const auto add = [&](const base::RoleName& role) {
    if (std::ranges::find(roles, role) == roles.end()) roles.push_back(role);
  };
  for (const std::string& value : values) {
    if (!rules_.roles.map) {
      if (value.size() <= kLongestRoleName) add(base::RoleName(value));
    } else if (const auto mapped = rules_.roles.map->find(value);
               mapped != rules_.roles.map->end()) {
      std::ranges::for_each(mapped->second, add);
    }
  }
  return roles;
}

std::expected<std::string, TokenFault> ClaimMapping::subject_of(Value claims) const {
  const auto sub = claims.find("sub");
  std::string plain(sub ? sub->string().value_or("") : "");
  std::string joined;
  for (const std::string& pointer : rules_.subject) {
    const auto claim = claims.pointer(pointer);
    const auto text = claim ? claim->string() : std::nullopt;
    if (!text || text->empty()) return plain;
    joined += (joined.empty() ? "" : ":") + std::string(*text);
  }
  if (joined.empty()) return plain;
  if (joined.size() > kMaxClaimBytes || has_control_characters(joined)) {
    return Unexpected(TokenFault::ClaimValue);
  }
  return joined;
}

std::optional<access::PermissionSet> ClaimMapping::scopes_of(Value claims) const {
  std::vector<std::string> values;
  if (const auto claim = claims.pointer(rules_.scopes)) collect(*claim, {}, values);
  std::erase_if(values, [&](const std::string& value) {
    return rules_.roles.map && rules_.roles.map->contains(value);
  });
  return access::parse_scopes(values);
}

std::vector<std::string> ClaimMapping::personas_of(Value claims) const {
  std::vector<std::string> values;
  if (const auto claim = claims.pointer(rules_.personas)) collect(*claim, {}, values);
  if (!rules_.persona_map) return values;
  std::vector<std::string> personas;
  for (const std::string& value : values) {
    const auto mapped = rules_.persona_map->find(value);
    if (mapped == rules_.persona_map->end()) continue;
    for (const std::string& persona : mapped->second) {
      if (std::ranges::find(personas, persona) == personas.end()) personas.push_back(persona);
    }
  }
  return personas;
}

std::vector<std::string> ClaimMapping::groups_of(Value claims,
                                                 std::string_view organisation) const {
  std::vector<std::string> values;
  if (rules_.groups.empty()) return values;
  if (const auto claim = claims.pointer(rules_.groups)) collect(*claim, organisation, values);
  std::vector<std::string> groups;
  for (std::string& value : values) {
    if (!rules_.group_map.empty()) {
      const auto mapped = rules_.group_map.find(value);
      value = mapped == rules_.group_map.end() ? std::string() : mapped->second;
    }
    const bool fits = !value.empty() && value.size() <= kLongestGroupName;
    if (!fits || has_control_characters(value) || groups.size() == kMaxGroups) continue;
    if (std::ranges::find(groups, value) == groups.end()) groups.push_back(std::move(value));
  }
  return groups;
}

std::expected<Mapping, MappingRefusal> ClaimMapping::apply(Value claims) const {
  const TenantRule& rule = rules_.tenant;
  std::string text = rule.fixed ? rule.fixed->str() : std::string{};
  std::expected<base::TenantId, TokenFault> tenant = Unexpected(TokenFault::NoTenant);
  if (rule.fixed) {
    tenant = *rule.fixed;
  } else if (auto claimed = tenant_text(claims)) {
    text = *std::move(claimed);
    tenant = tenant_of(text);
  } else {
    tenant = Unexpected(claimed.error());
  }
  if (!tenant) return std::unexpected(MappingRefusal{tenant.error(), {rule.claim}});
  auto subject = subject_of(claims);
  if (!subject) return std::unexpected(MappingRefusal{subject.error(), rules_.subject});

  auto delegates = delegates_of(claims.pointer(rules_.delegates));
  if (!delegates) return std::unexpected(MappingRefusal{delegates.error(), {rules_.delegates}});

  const auto own = claims.find(kOrganisationClaim);
  const auto organisation = own ? own->string().value_or("") : std::string_view(text);
  return Mapping{.tenant = *std::move(tenant),
                 .roles = roles_of(claims, organisation),
                 .subject = *std::move(subject),
                 .scopes = scopes_of(claims),
                 .personas = personas_of(claims),
                 .groups = groups_of(claims, organisation),
                 .delegates = *std::move(delegates),
                 .machine = is_machine(claims),
                 .groups_overage = has_groups_overage(claims)};
}

std::expected<Mapping, MappingRefusal> ClaimMapping::narrowed(Mapping mapping) const {
  const TenantRule& rule = rules_.tenant;
  const bool given =
      rule.fixed ? *rule.fixed == mapping.tenant
                 : rule.map.empty() || std::ranges::any_of(rule.map, [&](const auto& entry) {
                     return entry.second == mapping.tenant;
                   });
  const bool allowed = rule.allowed.empty() || rule.allowed.contains(mapping.tenant);
  if (!given || (!rule.fixed && !allowed)) {
    return std::unexpected(MappingRefusal{TokenFault::TenantUnmapped, {rule.claim}});
  }
  const auto is_in = [](const auto& name) {
    return [&name](const auto& entry) {
      return std::ranges::find(entry.second, name) != entry.second.end();
    };
  };
  if (const auto& map = rules_.roles.map) {
    std::erase_if(mapping.roles,
                  [&](const auto& r) { return std::ranges::none_of(*map, is_in(r)); });
  }
  if (const auto& map = rules_.persona_map) {
    std::erase_if(mapping.personas,
                  [&](const auto& p) { return std::ranges::none_of(*map, is_in(p)); });
  }
  std::erase_if(mapping.groups, [&](const std::string& group) {
    if (rules_.groups.empty()) return true;
    return !rules_.group_map.empty() &&
           std::ranges::none_of(rules_.group_map,
                                [&](const auto& entry) { return entry.second == group; });
  });
  return mapping;
}

}  // namespace srasta::identity
