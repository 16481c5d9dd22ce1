#include "gateway/mcp_door.h"

#include "base/encoding.h"
#include "mcp/http_fields.h"
#include "net/endpoint.h"

namespace srasta::gateway {
namespace {

/// `https://a.example:8443` without its scheme; nothing for `null` and whatever is no origin.
std::optional<std::string_view> authority_of(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!origin.starts_with(scheme)) continue;
    const std::string_view rest = origin.substr(scheme.size());
    return rest.substr(0, rest.find('/'));
  }
  return std::nullopt;
}

/// Without the port; an IPv6 address without its brackets.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    return end == authority.npos ? authority : authority.substr(1, end - 1);
  }
  return authority.substr(0, authority.find(':'));
}

bool is_own_host(std::string_view authority, std::string_view url) {
  const std::string_view host = host_of(authority);
  const auto own = authority_of(url);
  if (own && base::equal_ignoring_case(host, host_of(*own))) return true;
  return base::equal_ignoring_case(host, "localhost") || net::parse_ip(host, 0).ok();
}

std::optional<std::string> all_of(const http::Fields& fields, std::string_view name) {
  std::optional<std::string> all;
  for (const http::Field& field : fields) {
    if (!base::equal_ignoring_case(field.name, name)) continue;
    if (all) all->append(", ");
    if (!all) all.emplace();
    all->append(field.value);
  }
  return all;
}

}  // namespace

std::optional<service::ErrorCode> judge_origin(const http::Fields& fields, std::string_view url) {
  const std::string_view host = fields.find("host").value_or("");
  if (!is_own_host(host, url)) return service::ErrorCode::HostDenied;
  const auto origin = all_of(fields, "origin");
  if (!origin || *origin == url) return std::nullopt;
  const auto authority = authority_of(*origin);
  if (authority && base::equal_ignoring_case(*authority, host)) return std::nullopt;
  return service::ErrorCode::OriginDenied;
}

std::string wrapped_message(const http::Fields& fields, std::string_view body) {
  const mcp::HttpFields kept{.accept = all_of(fields, "accept"),
                             .version = all_of(fields, "mcp-protocol-version"),
                             .method = all_of(fields, "mcp-method"),
                             .name = all_of(fields, "mcp-name")};
  return mcp::wrap(kept, body);
}

}  // namespace srasta::gateway
