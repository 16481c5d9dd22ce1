#pragma once

#include "config/config.h"

#include <string>

namespace srasta::gateway {

/// Where `kProtectedResource` is served, below the gateway's URL.
inline constexpr std::string_view kProtectedResourcePath = "/.well-known/oauth-protected-resource";
/// Where `kProtectedMcp` is, the resource `/mcp`.
inline constexpr std::string_view kProtectedMcpPath = "/.well-known/oauth-protected-resource/mcp";

/// OAuth 2.0 Protected Resource Metadata (RFC 9728) of what the gateway at `url` has at `path`
/// (empty: all of it): the issuers whose tokens it takes, the built-in one first.
[[nodiscard]] std::string protected_resource_json(const std::string& url, std::string_view path,
                                                  const config::Config& config);

}  // namespace srasta::gateway
