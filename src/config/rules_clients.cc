#include "config/draft.h"
#include "config/values.h"
#include "http/url.h"

#include <algorithm>
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

constexpr std::array<std::string_view, 3> kUsualScopes = {"openid", "profile", "email"};

/// RFC 6749 section 3.3.
bool is_scope(const std::string& text) {
  return std::ranges::all_of(text,
                             [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; });
}

void check_scopes(Draft& draft, ProviderSignIn& sign_in, const std::string& place) {
  if (!draft.lines.contains(place)) {
    sign_in.scopes.assign(kUsualScopes.begin(), kUsualScopes.end());
  }
  for (const std::string& scope : sign_in.scopes) {
    if (!is_scope(scope)) complain(draft, place, fmt::format("\"{}\" is none", scope), "one word");
  }
  if (std::ranges::find(sign_in.scopes, "openid") == sign_in.scopes.end()) {
    complain(draft, place, "without openid there is no ID token", "[openid, ...]");
  }
}

}  // namespace

void check_provider_sign_ins(Draft& draft) {
  for (size_t i = 0; i < draft.config.issuers.size(); ++i) {
    const std::string place = fmt::format("identity.issuers[{}].sign_in", i);
    ProviderSignIn& sign_in = draft.config.issuers[i].sign_in;
    if (!sign_in.client_id.empty()) check_scopes(draft, sign_in, place + ".scopes");
  }
}

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
