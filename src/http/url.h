#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::http {

/// An absolute http or https URL as configuration and discovery documents name servers.
struct Url {
  bool tls = false;
  std::string host;  ///< lower case; IPv6 without brackets
  uint16_t port = 0;
  std::string path;  ///< "" or starts with '/'; no query, no fragment

  /// host[:port] for the Host field; the scheme's own port is left out.
  [[nodiscard]] std::string authority() const;
  [[nodiscard]] std::string str() const;

  friend bool operator==(const Url&, const Url&) = default;
};

/// Whether `host` is an address at which clouds hand credentials to whoever asks from inside. No
/// server of a configuration lives there.
[[nodiscard]] bool is_metadata_host(std::string_view host);

/// User information, queries, fragments, other schemes and non-canonical paths are refused.
[[nodiscard]] base::Result<Url> parse_url(std::string_view text);

}  // namespace srasta::http
