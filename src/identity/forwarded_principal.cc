#include "identity/forwarded_principal.h"

#include "base/encoding.h"
#include "identity/claims.h"
#include "identity/forwarded.h"
#include "json/document.h"
#include "json/writer.h"

namespace srasta::identity {
namespace {

constexpr unsigned kDepth = 16;

std::optional<std::string_view> text_of(const json::Value& object, std::string_view key) {
  const auto member = object.find(key);
  const auto text = member ? member->string() : std::nullopt;
  if (!text || text->empty() || has_control_characters(*text)) return std::nullopt;
  return text;
}

}  // namespace

std::string encode_principal(const ForwardedPrincipal& principal) {
  json::Writer writer;
  writer.begin_object();
  writer.member("sub", principal.subject).member("tenant", principal.tenant.view());
  writer.key("roles").begin_array();
  for (const base::RoleName& role : principal.roles) writer.string(role.view());
  writer.end_array().end_object();
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
  const auto roles = document->root().find("roles");
  if (!subject || !tenant || !roles || !roles->is_array()) return std::nullopt;
  ForwardedPrincipal principal{std::string(*subject), base::TenantId(*tenant), {}};
  for (size_t i = 0; i < roles->size(); ++i) {
    const auto role = roles->at(i).string();
    if (!role) return std::nullopt;
    principal.roles.emplace_back(*role);
  }
  return principal;
}

}  // namespace srasta::identity
