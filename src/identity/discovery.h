#pragma once

#include "identity/fault.h"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::identity {

/// How the documents of one issuer may be reached.
struct IssuerLocation {
  std::string issuer;  ///< exact
  /// Plain http to a loopback address (127.0.0.0/8, [::1], localhost).
  bool allow_loopback_http = false;
  /// Hosts besides the issuer's own that `jwks_uri` may name: "host" or "host:port".
  std::vector<std::string> jwks_hosts = {};
  /// The same for the endpoints of a sign-in.
  std::vector<std::string> endpoint_hosts = {};
};

/// What is used of a discovery document (OpenID Connect Discovery 1.0, RFC 8414).
struct Discovery {
  std::string jwks_uri;
  /// Of sign-ins at the issuer; empty: not named, or not where they may be.
  std::string authorization_endpoint = {};
  std::string token_endpoint = {};
  bool secret_in_body = false;  ///< the token endpoint takes a client's secret as parameter only
  bool names_itself = false;    ///< its answers to authorization requests have `iss` (RFC 9207)
};

/// Where the discovery document of `issuer` is: the issuer without a final slash, plus
/// /.well-known/openid-configuration.
[[nodiscard]] std::string discovery_url(std::string_view issuer);

/// Reads a discovery document. JwksBad: not one JSON object, or over 1 MiB. IssuerMismatch: its
/// `issuer` is not byte for byte the configured one. JwksUri: `jwks_uri` is not `may_fetch`. What
/// is wrong with the endpoints of a sign-in costs nobody's tokens anything: they count as not
/// there.
[[nodiscard]] std::expected<Discovery, KeysFailure> parse_discovery(std::string_view document,
                                                                    const IssuerLocation& location);

/// Whether `url` is an absolute https URL (or allowed loopback http) without user information or
/// fragment, on the issuer's own scheme, host and port or on a configured host.
[[nodiscard]] bool may_fetch(std::string_view url, const IssuerLocation& location);

/// Why `issuer` cannot be configured: not https (or allowed loopback http), user information,
/// query or fragment. Empty when it can.
[[nodiscard]] std::string issuer_url_problem(std::string_view issuer, bool allow_loopback_http);

}  // namespace srasta::identity
