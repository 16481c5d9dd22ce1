#pragma once

#include "config/config.h"

#include <string>

namespace srasta::gateway {

/// Where `kProtectedResource` is served, below the gateway's URL.
inline constexpr std::string_view kProtectedResourcePath = "/.well-known/oauth-protected-resource";

/// OAuth 2.0 Protected Resource Metadata (RFC 9728) of the gateway at `url`: the issuers whose
/// tokens it takes, the built-in one first.
[[nodiscard]] std::string protected_resource_json(const std::string& url,
                                                  const config::Config& config);

}  // namespace srasta::gateway
