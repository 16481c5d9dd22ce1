// Question: does an accepted URL name the same server and path to Boost.URL, and to us when it is
// written again?
#include "base/encoding.h"
#include "config/address.h"
#include "http/head.h"
#include "http/url.h"
#include "input.h"

#include <string>

#include <boost/url/src.hpp>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using srasta::fuzz::require;
  const std::string_view text = srasta::fuzz::text_of(data, size);
  const auto url = srasta::http::parse_url(text);
  if (!url.ok()) return 0;
  const auto again = srasta::http::parse_url(url->str());
  require(again.ok() && *again == *url && again->str() == url->str());
  require(srasta::http::is_authority(url->authority()));
  require(url->host == srasta::base::to_lower(url->host));
  // What stands in brackets need only look like IPv6 to us.
  const bool v6 = url->host.contains(':') && srasta::config::parse_ip(url->host);
  if (text.contains("://[") && !v6) return 0;
  // RFC 3986 wants these encoded in a path; we relay them as they are.
  if (url->path.find_first_of("\"<>[]^`{|}") != std::string::npos) return 0;

  const auto theirs = boost::urls::parse_uri({text.data(), text.size()});
  require(theirs.has_value() && !theirs->has_userinfo() && !theirs->has_query() &&
          !theirs->has_fragment());
  const std::string host = srasta::base::to_lower(std::string(theirs->host_address()));
  // Boost.URL 1.81 ends a host behind what looks like IPv4: of "1.2.3.4a" it makes a host and a
  // path.
  if (theirs->host_type() == boost::urls::host_type::ipv4 && host != url->host) {
    require(url->host.starts_with(host));
    return 0;
  }
  require(host == url->host);
  const uint16_t port = theirs->has_port() ? theirs->port_number() : (url->tls ? 443 : 80);
  require(port == url->port);
  const std::string path(theirs->encoded_path());
  require((path == "/" ? "" : path) == url->path);
  return 0;
}
