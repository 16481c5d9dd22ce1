#include "config/option_tables.h"

#include <array>

namespace srasta::config {
namespace {

constexpr std::string_view kGrants =
    "inference.*|inference.models|inference.invoke|inference.embed|"
    "rag.*|rag.read|rag.write|rag.delete|rag.admin|"
    "sessions.*|sessions.read|sessions.write|"
    "memory.*|memory.read|memory.propose|memory.approve|"
    "tools.*|tools.read|tools.write|tools.run|tools.approve|"
    "policy.*|policy.read|policy.admin|"
    "audit.*|audit.read|audit.verify|audit.export|"
    "admin.*|admin.read|admin.users|admin.roles|admin.keys|admin.config|admin.license|"
    "admin.metrics|"
    "keys.*|keys.self|console.*|console.login|"
    "recovery.*|recovery.read|recovery.plan|recovery.approve|recovery.run|"
    "scanner.*|scanner.read|scanner.run|scanner.waive";

AccessUser& user(Config& config) {
  return config.access.users.back();
}
AccessKey& key(Config& config) {
  return config.access.keys.back();
}

void set_networks(Config& config, const Value& value) {
  key(config).networks.clear();
  for (const std::string& text : value.list) {
    if (const auto block = parse_address_block(text)) key(config).networks.push_back(*block);
  }
}

// clang-format off
constexpr auto kOptions = std::to_array<Option>({
    {.path = "access", .help = "Who may do what."},
    {.path = "access.roles",
     .help = "Roles of your own, or built-in ones (owner, admin, operator, security, auditor, "
             "developer, user, service) with other permissions."},
    {.path = "access.roles.*", .kind = Kind::Choice, .list = true, .choices = kGrants,
     .help = "What the role permits: permissions, or whole families as `inference.*`.",
     .set = [](Config& c, const Value& v) { c.access.roles[base::RoleName(v.name)] = v.list; }},
    {.path = "access.models",
     .help = "Models by role. With this section a role that it does not name may use none; without "
             "it every role may use every model."},
    {.path = "access.models.*", .kind = Kind::Text, .list = true,
     .help = "Model names as callers say them; `*` stands for any characters.",
     .set = [](Config& c, const Value& v) {
       if (!c.access.models) c.access.models.emplace();
       (*c.access.models)[base::RoleName(v.name)] = v.list;
     }},
    {.path = "access.personas",
     .help = "What a token or key may narrow itself to. A caller with personas may do only what "
             "one of them permits; `Srasta-Persona` chooses one of his own. One without has no tools."},
    {.path = "access.personas.*", .help = "One persona.",
     .set = [](Config& c, const Value& v) { c.access.personas.push_back({.name = v.name}); }},
    {.path = "access.personas.*.permissions", .kind = Kind::Choice, .list = true,
     .choices = kGrants, .help = "Permissions that are left. Without it: all.",
     .set = [](Config& c, const Value& v) { c.access.personas.back().permissions = v.list; }},
    {.path = "access.personas.*.models", .kind = Kind::Text, .list = true,
     .help = "Models that are left. Without it: all.",
     .set = [](Config& c, const Value& v) { c.access.personas.back().models = v.list; }},
    {.path = "access.users", .kind = Kind::Sections,
     .help = "Single callers that are treated otherwise than their tokens say.",
     .set = [](Config& c, const Value&) { c.access.users.emplace_back(); }},
    {.path = "access.users[].issuer", .kind = Kind::Text, .required = true,
     .help = "`iss` of the caller's tokens; `local` is the built-in issuer.",
     .set = [](Config& c, const Value& v) { user(c).issuer = v.text; }},
    {.path = "access.users[].tenant", .kind = Kind::Name, .required = true,
     .help = "The caller's tenant.",
     .set = [](Config& c, const Value& v) { user(c).tenant = base::TenantId(v.text); }},
    {.path = "access.users[].subject", .kind = Kind::Text, .required = true,
     .help = "The caller's subject, byte for byte.",
     .set = [](Config& c, const Value& v) { user(c).subject = v.text; }},
    {.path = "access.users[].disabled", .kind = Kind::Boolean, .fallback = "false",
     .help = "Refuse every request and end what runs.",
     .set = [](Config& c, const Value& v) { user(c).disabled = v.flag; }},
    {.path = "access.users[].deny_roles", .kind = Kind::Name, .list = true,
     .help = "Roles that do not count for this caller, whatever his tokens say.",
     .set = [](Config& c, const Value& v) { user(c).deny_roles = names<base::RoleName>(v); }},
    {.path = "access.suspended_tenants", .kind = Kind::Name, .list = true,
     .help = "Tenants whose callers are all refused.",
     .set = [](Config& c, const Value& v) {
       c.access.suspended_tenants = names<base::TenantId>(v);
     }},
    {.path = "access.keys", .kind = Kind::Sections,
     .help = "API keys of services, made with `srasta key new`.",
     .set = [](Config& c, const Value&) { c.access.keys.emplace_back(); }},
    {.path = "access.keys[].id", .kind = Kind::Text, .required = true,
     .help = "The 12 characters behind `sk-srasta-`.",
     .set = [](Config& c, const Value& v) { key(c).id = v.text; }},
    {.path = "access.keys[].secret_sha256", .kind = Kind::Text, .required = true,
     .help = "Hexadecimal SHA-256 of the 43 characters behind the id.",
     .set = [](Config& c, const Value& v) { key(c).secret_sha256 = v.text; }},
    {.path = "access.keys[].subject", .kind = Kind::Name, .required = true,
     .help = "Who acts, in audit records and limits.",
     .set = [](Config& c, const Value& v) { key(c).subject = v.text; }},
    {.path = "access.keys[].tenant", .kind = Kind::Name, .required = true,
     .help = "For whom.",
     .set = [](Config& c, const Value& v) { key(c).tenant = base::TenantId(v.text); }},
    {.path = "access.keys[].roles", .kind = Kind::Name, .list = true, .required = true,
     .help = "The key's roles.",
     .set = [](Config& c, const Value& v) { key(c).roles = names<base::RoleName>(v); }},
    {.path = "access.keys[].models", .kind = Kind::Text, .list = true,
     .help = "Models that the key narrows its roles to. Without it: what the roles allow.",
     .set = [](Config& c, const Value& v) { key(c).models = v.list; }},
    {.path = "access.keys[].personas", .kind = Kind::Name, .list = true,
     .help = "The key's personas.",
     .set = [](Config& c, const Value& v) { key(c).personas = v.list; }},
    {.path = "access.keys[].networks", .kind = Kind::AddressBlock, .list = true,
     .help = "Addresses that may use the key. Without it: any.", .set = set_networks},
    {.path = "access.keys[].expires", .kind = Kind::Time, .required = true,
     .help = "The first moment at which the key is refused.",
     .set = [](Config& c, const Value& v) { key(c).expires = v.number; }},
});
// clang-format on

}  // namespace

std::span<const Option> access_options() {
  return kOptions;
}

}  // namespace srasta::config
