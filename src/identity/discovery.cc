#include "identity/discovery.h"

#include "base/encoding.h"
#include "identity/key_set.h"
#include "json/document.h"

#include <algorithm>
#include <optional>

namespace srasta::identity {
namespace {

/// Only as much of RFC 3986 as is needed to say where a URL points; what is unusual is refused.
struct Location {
  bool secure = false;
  std::string_view authority;  ///< host, or host:port
  std::string_view host;
  std::string_view rest;  ///< path and query
};

bool is_url_character(char c) {
  return c > 0x20 && c < 0x7F && std::string_view("\"\\<>^`{|}").find(c) == std::string_view::npos;
}

std::optional<std::string_view> host_of(std::string_view authority) {
  size_t end = authority.find(':');
  if (authority.starts_with('[')) {
    const size_t close = authority.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    end = close + 1 == authority.size() ? std::string_view::npos : close + 1;
    if (end != std::string_view::npos && authority[end] != ':') return std::nullopt;
  }
  const std::string_view host = authority.substr(0, end);
  if (host.empty()) return std::nullopt;
  if (end == std::string_view::npos) return host;
  const auto port = base::parse_u64(authority.substr(end + 1));
  if (!port || *port == 0 || *port > 65535) return std::nullopt;
  return host;
}

std::optional<Location> locate(std::string_view url) {
  Location location;
  if (!std::ranges::all_of(url, is_url_character)) return std::nullopt;
  if (url.starts_with("https://")) {
    location.secure = true;
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  if (url.find('#') != std::string_view::npos) return std::nullopt;
  location.authority = url.substr(0, url.find_first_of("/?"));
  location.rest = url.substr(location.authority.size());
  if (location.authority.find('@') != std::string_view::npos) return std::nullopt;
  const auto host = host_of(location.authority);
  if (!host) return std::nullopt;
  location.host = *host;
  return location;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  // "127.evil.example" is a name, not an address: four numbers or nothing.
  size_t octets = 0;
  std::string_view rest = host;
  while (!rest.empty()) {
    const size_t dot = rest.find('.');
    const auto octet = base::parse_u64(rest.substr(0, dot));
    if (!octet || *octet > 255 || (octets == 0 && *octet != 127)) return false;
    ++octets;
    rest = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    if (dot != std::string_view::npos && rest.empty()) return false;
  }
  return octets == 4;
}

bool has_allowed_scheme(const Location& location, bool allow_loopback_http) {
  return location.secure || (allow_loopback_http && is_loopback(location.host));
}

std::string_view without_default_port(const Location& location) {
  std::string_view authority = location.authority;
  const std::string_view port = location.secure ? ":443" : ":80";
  if (authority.ends_with(port)) authority.remove_suffix(port.size());
  return authority;
}

/// `may_fetch` with the hosts that may be named besides the issuer's own.
bool is_within(std::string_view url, const IssuerLocation& location,
               const std::vector<std::string>& hosts) {
  const auto to = locate(url);
  const auto home = locate(location.issuer);
  if (!to || !home || !has_allowed_scheme(*to, location.allow_loopback_http)) return false;
  const std::string_view authority = without_default_port(*to);
  if (to->secure == home->secure &&
      base::equal_ignoring_case(authority, without_default_port(*home))) {
    return true;
  }
  return std::ranges::any_of(hosts, [&](const std::string& host) {
    return base::equal_ignoring_case(host, authority) ||
           base::equal_ignoring_case(host, to->authority);
  });
}

std::string endpoint_in(json::Value document, std::string_view name,
                        const IssuerLocation& location) {
  const auto member = document.find(name);
  const auto url = member ? member->string() : std::nullopt;
  if (!url || !is_within(*url, location, location.endpoint_hosts)) return {};
  return std::string(*url);
}

/// Without a list, a secret goes into Authorization (RFC 8414 section 2).
bool takes_secrets_in_body_only(json::Value document) {
  const auto member = document.find("token_endpoint_auth_methods_supported");
  const auto methods = member ? json::texts_of(*member) : std::nullopt;
  if (!methods) return false;
  const auto has = [&](std::string_view name) {
    return std::ranges::find(*methods, name) != methods->end();
  };
  return has("client_secret_post") && !has("client_secret_basic");
}

std::unexpected<KeysFailure> refuse(TokenFault fault, std::string detail) {
  return std::unexpected(KeysFailure{fault, std::move(detail)});
}

}  // namespace

std::string discovery_url(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return std::string(issuer) + "/.well-known/openid-configuration";
}

bool may_fetch(std::string_view url, const IssuerLocation& location) {
  return is_within(url, location, location.jwks_hosts);
}

std::expected<Discovery, KeysFailure> parse_discovery(std::string_view document,
                                                      const IssuerLocation& location) {
  if (document.size() > kMaxJwksBytes) {
    return refuse(TokenFault::JwksTooLarge, "discovery document is larger than 1 MiB");
  }
  const auto parsed = json::Document::parse(document);
  if (!parsed) return refuse(TokenFault::JwksBad, "discovery is " + parsed.error().message);

  const auto issuer = parsed->root().find("issuer");
  const auto found = issuer ? issuer->string() : std::nullopt;
  if (found != location.issuer) {
    return refuse(TokenFault::IssuerMismatch,
                  "configured issuer \"" + location.issuer + "\", found \"" +
                      std::string(found.value_or("").substr(0, 256)) + "\"");
  }
  const auto jwks_uri = parsed->root().find("jwks_uri");
  const auto url = jwks_uri ? jwks_uri->string() : std::nullopt;
  if (!url || !may_fetch(*url, location)) {
    return refuse(TokenFault::JwksUri, "jwks_uri \"" +
                                           std::string(url.value_or("").substr(0, 256)) +
                                           "\" is not on the issuer's host nor in jwks_hosts");
  }
  const json::Value root = parsed->root();
  const auto names_itself = root.find("authorization_response_iss_parameter_supported");
  return Discovery{.jwks_uri = std::string(*url),
                   .authorization_endpoint = endpoint_in(root, "authorization_endpoint", location),
                   .token_endpoint = endpoint_in(root, "token_endpoint", location),
                   .secret_in_body = takes_secrets_in_body_only(root),
                   .names_itself = names_itself && names_itself->boolean().value_or(false)};
}

std::string issuer_url_problem(std::string_view issuer, bool allow_loopback_http) {
  const auto location = locate(issuer);
  if (!location) return "must be an absolute URL without user information and fragment";
  if (location->rest.find('?') != std::string_view::npos) return "must not have a query";
  if (!has_allowed_scheme(*location, allow_loopback_http)) {
    return "must be https, or http on a loopback address with allow_loopback_http";
  }
  return {};
}

}  // namespace srasta::identity
