// Question: can a discovery document, or a URL, send the gateway to a server that the configuration
// does not name? What may be fetched is read again by the reader that fetches.
#include "config/address.h"
#include "http/url.h"
#include "identity/discovery.h"
#include "input.h"

#include <algorithm>
#include <string>

#include <simdjson.h>

namespace {

using srasta::fuzz::require;
namespace http = srasta::http;
namespace identity = srasta::identity;

const identity::IssuerLocation kRemote{.issuer = "https://idp.test/realm",
                                       .jwks_hosts = {"keys.test", "keys.test:8443"}};
const identity::IssuerLocation kLocal{.issuer = "http://127.0.0.1:9000",
                                      .allow_loopback_http = true};

void check_fetch(std::string_view text, const identity::IssuerLocation& location) {
  if (!identity::may_fetch(text, location)) return;
  const auto url = http::parse_url(text);
  if (!url.ok()) return;
  const std::string server = (url->tls ? "s " : "p ") + url->host + " " + std::to_string(url->port);
  const bool remote = location.issuer == kRemote.issuer;
  require(remote ? server == "s idp.test 443" || server == "s keys.test 443" ||
                       server == "s keys.test 8443"
                 : server == "p 127.0.0.1 9000");
}

void check_issuer(std::string_view text) {
  if (!identity::issuer_url_problem(text, true).empty()) return;
  const auto url = http::parse_url(identity::discovery_url(text));
  if (url.ok()) require(url->tls || srasta::config::is_loopback_host(url->host));
  require(!identity::issuer_url_problem(text, false).empty() == text.starts_with("http://"));
}

void check_document(std::string_view text, const identity::IssuerLocation& location) {
  const auto discovery = identity::parse_discovery(text, location);
  if (!discovery) return;
  require(identity::may_fetch(discovery->jwks_uri, location));
  check_fetch(discovery->jwks_uri, location);
  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto error = parser.parse(simdjson::padded_string(text)).get(root);
  if (error == simdjson::NUMBER_ERROR) return;
  std::string_view issuer;
  std::string_view uri;
  require(error == simdjson::SUCCESS);
  require(root["issuer"].get(issuer) == simdjson::SUCCESS && issuer == location.issuer);
  require(root["jwks_uri"].get(uri) == simdjson::SUCCESS && uri == discovery->jwks_uri);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = srasta::fuzz::text_of(data, size);
  for (const auto& location : {kRemote, kLocal}) {
    check_document(text, location);
    check_fetch(text, location);
  }
  check_issuer(text);
  return 0;
}
