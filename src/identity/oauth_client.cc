#include "identity/oauth_client.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>

namespace srasta::identity {
namespace {

constexpr std::array<std::string_view, 2> kLoopback = {"http://127.0.0.1", "http://[::1]"};
constexpr uint64_t kLastPort = 65'535;

/// `uri` is `registered` with a port added to its loopback address.
bool differs_by_port(std::string_view registered, std::string_view uri) {
  for (const std::string_view host : kLoopback) {
    if (!registered.starts_with(host)) continue;
    const std::string_view path = registered.substr(host.size());
    if (!path.starts_with('/') || !uri.starts_with(host)) return false;
    std::string_view rest = uri.substr(host.size());
    if (!rest.starts_with(':') || !rest.ends_with(path)) return false;
    rest.remove_prefix(1);
    rest.remove_suffix(path.size());
    const auto port = base::parse_u64(rest);
    return port && *port > 0 && *port <= kLastPort;
  }
  return false;
}

}  // namespace

bool OAuthClient::may_redirect_to(std::string_view uri) const {
  return std::ranges::any_of(redirect_uris, [&](const std::string& registered) {
    return registered == uri || differs_by_port(registered, uri);
  });
}

OAuthClient command_line_client() {
  return {.id = "cli", .redirect_uris = {"http://127.0.0.1/callback", "http://[::1]/callback"}};
}

}  // namespace srasta::identity
