#include "identity/claim_mapping.h"

#include "identity/claims.h"

#include <algorithm>
#include <utility>

namespace srasta::identity {
namespace {

using json::Value;
using Unexpected = std::unexpected<TokenFault>;

/// Zitadel's name for the organisation that a principal belongs to.
constexpr std::string_view kOrganisationClaim = "urn:zitadel:iam:user:resourceowner:id";

/// [a-z0-9][a-z0-9-]{0,40}
bool is_tenant_name(std::string_view text) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 41 && plain(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return plain(c) || c == '-'; });
}

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

}  // namespace

ClaimMapping::ClaimMapping(TenantRule tenant, RoleRule roles)
    : tenant_(std::move(tenant)), roles_(std::move(roles)) {}

std::expected<std::string, TokenFault> ClaimMapping::tenant_text(Value claims) const {
  const auto claim = claims.pointer(tenant_.claim);
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

std::expected<base::TenantId, TokenFault> ClaimMapping::tenant_of(
    const std::string& text, const std::set<base::TenantId>& tenants) const {
  base::TenantId tenant(text);
  if (!tenant_.map.empty()) {
    const auto mapped = tenant_.map.find(text);
    if (mapped == tenant_.map.end()) return Unexpected(TokenFault::TenantUnmapped);
    tenant = mapped->second;
  }
  if (!is_tenant_name(tenant.view()) || !tenants.contains(tenant)) {
    return Unexpected(TokenFault::TenantUnmapped);
  }
  return tenant;
}

std::vector<base::RoleName> ClaimMapping::roles_of(Value claims, std::string_view organisation,
                                                   const access::RoleTable& known) const {
  std::vector<std::string> values;
  for (const std::string& pointer : roles_.claims) {
    if (const auto claim = claims.pointer(pointer)) collect(*claim, organisation, values);
  }
  std::vector<base::RoleName> roles;
  const auto add = [&](const base::RoleName& role) {
    if (known.knows(role) && std::ranges::find(roles, role) == roles.end()) roles.push_back(role);
  };
  for (const std::string& value : values) {
    if (!roles_.map) {
      add(base::RoleName(value));
    } else if (const auto mapped = roles_.map->find(value); mapped != roles_.map->end()) {
      std::ranges::for_each(mapped->second, add);
    }
  }
  return roles;
}

std::expected<Mapping, MappingRefusal> ClaimMapping::apply(Value claims,
                                                           const std::set<base::TenantId>& tenants,
                                                           const access::RoleTable& known) const {
  std::string text = tenant_.fixed ? tenant_.fixed->str() : std::string{};
  std::expected<base::TenantId, TokenFault> tenant = Unexpected(TokenFault::TenantUnmapped);
  if (tenant_.fixed) {
    if (tenants.contains(*tenant_.fixed)) tenant = *tenant_.fixed;
  } else if (auto claimed = tenant_text(claims)) {
    text = *std::move(claimed);
    tenant = tenant_of(text, tenants);
  } else {
    tenant = Unexpected(claimed.error());
  }
  if (!tenant) {
    const auto looked_at = tenant_.fixed ? std::vector<std::string>{} : std::vector{tenant_.claim};
    return std::unexpected(MappingRefusal{tenant.error(), looked_at});
  }

  const auto own = claims.find(kOrganisationClaim);
  const auto organisation = own ? own->string().value_or("") : std::string_view(text);
  auto roles = roles_of(claims, organisation, known);
  if (roles.empty()) {
    const auto fault = has_groups_overage(claims) ? TokenFault::GroupsOverage : TokenFault::NoRole;
    return std::unexpected(MappingRefusal{fault, roles_.claims});
  }
  return Mapping{*std::move(tenant), std::move(roles)};
}

}  // namespace srasta::identity
