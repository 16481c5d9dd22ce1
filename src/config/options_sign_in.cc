#include "config/option_tables.h"

#include <array>

namespace srasta::config {
namespace {

OAuthClient& client(Config& config) {
  return config.clients.back();
}

// clang-format off
constexpr auto kOptions = std::to_array<Option>({
    {.path = "identity.sign_in", .help = "The built-in issuer's pages (docs/sign-in.md)."},
    {.path = "identity.sign_in.token_ttl", .kind = Kind::Duration, .fallback = "10m",
     .least = kSecond, .most = 24 * 3600 * kSecond,
     .help = "How long an access token is good that somebody got by signing in.",
     .set = [](Config& c, const Value& v) { c.sign_in.token_ttl = Millis(v.number); }},
    {.path = "identity.sign_in.refresh_ttl", .kind = Kind::Duration, .fallback = "720h",
     .least = kSecond, .most = 8784LL * 3600 * kSecond,
     .help = "How long a client may go on with refresh tokens before somebody has to sign in again.",
     .set = [](Config& c, const Value& v) { c.sign_in.refresh_ttl = Millis(v.number); }},
    {.path = "identity.sign_in.session_idle", .kind = Kind::Duration, .fallback = "30m",
     .least = kSecond, .most = 24 * 3600 * kSecond,
     .help = "How long a browser's session lasts without use.",
     .set = [](Config& c, const Value& v) { c.sign_in.session_idle = Millis(v.number); }},
    {.path = "identity.sign_in.session_max", .kind = Kind::Duration, .fallback = "12h",
     .least = kSecond, .most = 720LL * 3600 * kSecond,
     .help = "How long it lasts at most.",
     .set = [](Config& c, const Value& v) { c.sign_in.session_max = Millis(v.number); }},
    {.path = "identity.clients", .kind = Kind::Sections,
     .help = "Programs that people sign in with at the built-in issuer, besides the client `cli` of "
             "every installation, which listens on a loopback address.",
     .set = [](Config& c, const Value&) { c.clients.emplace_back(); }},
    {.path = "identity.clients[].id", .kind = Kind::Name, .required = true,
     .help = "The `client_id`.",
     .set = [](Config& c, const Value& v) { client(c).id = v.text; }},
    {.path = "identity.clients[].redirect_uris", .kind = Kind::Text, .list = true, .required = true,
     .help = "Where it may be sent to, byte for byte: https, or http on 127.0.0.1 or [::1], there "
             "without a port for any port.",
     .set = [](Config& c, const Value& v) { client(c).redirect_uris = v.list; }},
    {.path = "identity.clients[].secret_file", .kind = Kind::File, .secret = true,
     .help = "File with its secret, which only its owner may read. Without one the client is public "
             "and proves itself by PKCE alone.",
     .set = [](Config& c, const Value& v) { client(c).secret_file = v.text; }},
});
// clang-format on

}  // namespace

std::span<const Option> sign_in_options() {
  return kOptions;
}

}  // namespace srasta::config
