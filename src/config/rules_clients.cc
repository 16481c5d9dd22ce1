#include "config/draft.h"
#include "config/values.h"
#include "http/url.h"

#include <array>
#include <set>

#include <fmt/format.h>

namespace srasta::config {
namespace {

/// Clients that every installation has.
constexpr std::array<std::string_view, 2> kBuiltIn = {"cli", "console"};

/// What `http::parse_url` takes, and a query: addresses are compared byte for byte, so one that is
/// written otherwise than programs write it would never match.
bool is_redirect_uri(const std::string& text) {
  const auto url = http::parse_url(text.substr(0, text.find('?')));
  if (!url || url->path.empty()) return false;
  const bool loopback = url->host == "127.0.0.1" || url->host == "::1";
  return url->tls || loopback;
}

}  // namespace

void check_clients(Draft& draft) {
  std::set<std::string> ids(kBuiltIn.begin(), kBuiltIn.end());
  for (size_t i = 0; i < draft.config.clients.size(); ++i) {
    const OAuthClient& client = draft.config.clients[i];
    const std::string place = fmt::format("identity.clients[{}]", i);
    if (!client.id.empty() && !ids.insert(client.id).second) {
      complain(draft, place + ".id", fmt::format("\"{}\" is there already", client.id));
    }
    for (const std::string& uri : client.redirect_uris) {
      if (is_redirect_uri(uri)) continue;
      complain(draft, place + ".redirect_uris", fmt::format("\"{}\" is none", uri),
               "https://HOST/PATH, or http://127.0.0.1/PATH for a program on the user's machine");
    }
  }
}

}  // namespace srasta::config
