#include "http/url.h"

#include "base/encoding.h"
#include "http/head.h"
#include "http/path.h"

namespace srasta::http {
namespace {

base::Error refuse(std::string_view text, std::string_view why) {
  return base::make_error(
      base::Code::Invalid,
      "'" + std::string(text) + "' is not an acceptable URL: " + std::string(why));
}

}  // namespace

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::str() const {
  return (tls ? "https://" : "http://") + authority() + path;
}

base::Result<Url> parse_url(std::string_view text) {
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return refuse(text, "it must start with http:// or https://");
  }
  const size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  if (!is_authority(authority)) return refuse(text, "host or port is malformed");
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view host = authority.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  url.host = base::to_lower(host);
  url.port = url.tls ? 443 : 80;
  if (colon != std::string_view::npos) {
    const auto port = base::parse_u64(authority.substr(colon + 1));
    if (!port || *port == 0) return refuse(text, "the port must be 1 to 65535");
    url.port = static_cast<uint16_t>(*port);
  }
  if (slash == std::string_view::npos) return url;
  url.path = rest.substr(slash);
  if (url.path.find('?') != std::string::npos) return refuse(text, "a query is not allowed");
  if (!canonical_path(url.path)) return refuse(text, "the path is not canonical");
  if (url.path == "/") url.path.clear();
  return url;
}

bool is_metadata_host(std::string_view host) {
  return host == "169.254.169.254" || host == "fd00:ec2::254" || host == "::ffff:169.254.169.254" ||
         host == "::ffff:a9fe:a9fe";
}

}  // namespace srasta::http
