#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::config {

/// Where copies of the audit log go: a webhook (`https://`, `http://`) or a syslog receiver
/// (`syslog+tls://`, `syslog+tcp://`).
struct SinkUrl {
  enum class Kind : uint8_t { Webhook, Syslog };

  Kind kind = Kind::Webhook;
  bool tls = false;
  std::string host;  ///< lower case; IPv6 without brackets
  uint16_t port = 0;
};

/// Syslog has no path; its port is 6514 with TLS (RFC 5425) and 601 without (RFC 3195), unless
/// given. Other things are refused as `http::parse_url` refuses them.
[[nodiscard]] base::Result<SinkUrl> parse_sink_url(std::string_view text);

}  // namespace srasta::config
