#include "identity/forwarded_principal.h"

#include "base/encoding.h"
#include "identity/claims.h"
#include "identity/forwarded.h"
#include "json/document.h"
#include "json/writer.h"

namespace srasta::identity {
namespace {

constexpr unsigned kDepth = 16;
constexpr std::string_view kMachineKind = "service";
constexpr std::string_view kPersonKind = "user";

std::optional<std::string_view> text_of(const json::Value& object, std::string_view key) {
  const auto member = object.find(key);
  const auto text = member ? member->string() : std::nullopt;
  if (!text || text->empty() || has_control_characters(*text)) return std::nullopt;
  return text;
}

/// Nothing when the member is missing or not an array of texts.
std::optional<std::vector<std::string>> texts_of(const json::Value& object, std::string_view key) {
  const auto member = object.find(key);
  return member ? json::texts_of(*member) : std::nullopt;
}

/// Whether each of the two is absent or well-formed.
bool read_kind_and_key(const json::Value& object, ForwardedPrincipal& principal) {
  if (object.find("kind")) {
    const auto kind = text_of(object, "kind");
    if (kind != kMachineKind && kind != kPersonKind) return false;
    principal.machine = kind == kMachineKind;
  }
  if (object.find("key")) {
    const auto key = text_of(object, "key");
    if (!key) return false;
    principal.key_id = *key;
  }
  return true;
}

/// Whether `act` is absent or well-formed.
bool read_delegates(const json::Value& object, ForwardedPrincipal& principal) {
  const auto member = object.find("act");
  if (!member) return true;
  if (!member->is_array() || member->size() > access::kMaxDelegates) return false;
  for (size_t i = 0; i < member->size(); ++i) {
    const json::Value delegate = member->at(i);
    if (!delegate.is_object()) return false;
    const auto issuer = text_of(delegate, "iss");
    const auto subject = text_of(delegate, "sub");
    if (!issuer || !subject) return false;
    principal.delegates.push_back({std::string(*issuer), std::string(*subject)});
  }
  return true;
}

/// Whether each of the two is absent or an array of texts.
bool read_personas_and_groups(const json::Value& object, ForwardedPrincipal& principal) {
  if (object.find("personas")) {
    auto personas = texts_of(object, "personas");
    if (!personas) return false;
    principal.personas = *std::move(personas);
  }
  if (object.find("groups")) {
    auto groups = texts_of(object, "groups");
    if (!groups) return false;
    principal.groups = *std::move(groups);
  }
  return true;
}

void write_texts(json::Writer& writer, std::string_view name,
                 const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  writer.key(name).begin_array();
  for (const std::string& text : texts) writer.string(text);
  writer.end_array();
}

void write_delegates(json::Writer& writer, const std::vector<access::Delegate>& delegates) {
  if (delegates.empty()) return;
  writer.key("act").begin_array();
  for (const access::Delegate& delegate : delegates) {
    writer.begin_object().member("iss", std::string_view(delegate.issuer));
    writer.member("sub", std::string_view(delegate.subject)).end_object();
  }
  writer.end_array();
}

}  // namespace

std::string service_subject(std::string_view service) {
  return "svc:" + std::string(service);
}

std::string encode_principal(const ForwardedPrincipal& principal) {
  json::Writer writer;
  writer.begin_object();
  writer.member("sub", principal.subject).member("tenant", principal.tenant.view());
  writer.key("roles").begin_array();
  for (const base::RoleName& role : principal.roles) writer.string(role.view());
  writer.end_array();
  if (!principal.issuer.empty()) writer.member("iss", principal.issuer);
  if (principal.permissions) {
    writer.key("permissions").begin_array();
    for (size_t i = 0; i < access::kPermissionCount; ++i) {
      const auto permission = static_cast<access::Permission>(i);
      if (principal.permissions->contains(permission)) writer.string(to_string(permission));
    }
    writer.end_array();
  }
  write_texts(writer, "personas", principal.personas);
  write_texts(writer, "groups", principal.groups);
  write_delegates(writer, principal.delegates);
  if (principal.machine) writer.member("kind", kMachineKind);
  if (!principal.key_id.empty()) writer.member("key", principal.key_id);
  writer.end_object();
  return base::to_base64url(writer.take());
}

std::optional<ForwardedPrincipal> parse_principal(std::string_view encoded) {
  if (encoded.empty() || encoded.size() > kMaxPrincipalBytes) return std::nullopt;
  const auto text = base::from_base64url(encoded);
  if (!text) return std::nullopt;
  const auto document = json::Document::parse(*text, kDepth);
  if (!document) return std::nullopt;
  const auto subject = text_of(document->root(), "sub");
  const auto tenant = text_of(document->root(), "tenant");
  const auto roles = texts_of(document->root(), "roles");
  if (!subject || !tenant || !roles) return std::nullopt;
  ForwardedPrincipal principal{std::string(*subject), base::TenantId(*tenant), {}};
  for (const std::string& role : *roles) principal.roles.emplace_back(role);
  if (document->root().find("iss")) {
    const auto issuer = text_of(document->root(), "iss");
    if (!issuer) return std::nullopt;
    principal.issuer = *issuer;
  }
  if (document->root().find("permissions")) {
    const auto permissions = texts_of(document->root(), "permissions");
    if (!permissions) return std::nullopt;
    principal.permissions.emplace();
    for (const std::string& name : *permissions) {
      if (const auto known = access::parse_permission(name)) principal.permissions->insert(*known);
    }
  }
  if (!read_personas_and_groups(document->root(), principal)) return std::nullopt;
  if (!read_delegates(document->root(), principal)) return std::nullopt;
  if (!read_kind_and_key(document->root(), principal)) return std::nullopt;
  return principal;
}

}  // namespace srasta::identity
