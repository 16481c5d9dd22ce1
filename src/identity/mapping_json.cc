#include "identity/mapping_json.h"

#include "access/permission_names.h"
#include "json/writer.h"

namespace srasta::identity {
namespace {

using json::Value;

std::optional<std::string> text_in(Value json, std::string_view name) {
  const auto member = json.find(name);
  const auto text = member ? member->string() : std::nullopt;
  return text && !text->empty() ? std::optional(std::string(*text)) : std::nullopt;
}

std::optional<std::vector<std::string>> texts_in(Value json, std::string_view name) {
  const auto member = json.find(name);
  return member ? json::texts_of(*member) : std::nullopt;
}

/// A permission that is not known here is one that nobody asks for.
access::PermissionSet permissions_of(const std::vector<std::string>& names) {
  access::PermissionSet set;
  for (const std::string& name : names) {
    if (const auto permission = access::parse_permission(name)) set.insert(*permission);
  }
  return set;
}

}  // namespace

std::string to_json(const Mapping& mapping) {
  json::Writer writer;
  writer.begin_object().member("tenant", mapping.tenant.view());
  writer.member("subject", std::string_view(mapping.subject));
  writer.key("roles").begin_array();
  for (const base::RoleName& role : mapping.roles) writer.string(role.view());
  writer.end_array();
  if (mapping.scopes) writer.member("scopes", names_of(*mapping.scopes));
  writer.member("personas", mapping.personas).member("groups", mapping.groups);
  writer.member("groups_overage", mapping.groups_overage);
  return writer.end_object().take();
}

std::optional<Mapping> parse_mapping(Value json) {
  auto tenant = text_in(json, "tenant");
  auto subject = text_in(json, "subject");
  const auto roles = texts_in(json, "roles");
  auto personas = texts_in(json, "personas");
  auto groups = texts_in(json, "groups");
  const auto overage = json.find("groups_overage");
  const auto overage_value = overage ? overage->boolean() : std::nullopt;
  const auto scopes = texts_in(json, "scopes");
  if (!tenant || !subject || !roles || !personas || !groups || !overage_value) return std::nullopt;
  // Scopes that cannot be read would be none, and none do not narrow.
  if (json.find("scopes") && !scopes) return std::nullopt;
  Mapping mapping{.tenant = base::TenantId(*tenant),
                  .subject = *std::move(subject),
                  .personas = *std::move(personas),
                  .groups = *std::move(groups),
                  .groups_overage = *overage_value};
  for (const std::string& role : *roles) mapping.roles.emplace_back(role);
  if (scopes) mapping.scopes = permissions_of(*scopes);
  return mapping;
}

}  // namespace srasta::identity
