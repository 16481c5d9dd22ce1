#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::net {

/// Where a socket listens or connects: an IP address with a port, or a Unix socket path.
struct Endpoint {
  enum class Family : uint8_t { V4, V6, Unix };

  Family family = Family::V4;
  std::array<uint8_t, 16> address{};  ///< 4 or 16 bytes, network order
  uint16_t port = 0;
  std::string path;  ///< of a Unix socket

  [[nodiscard]] std::string str() const;
  /// The address without port; "unix" for Unix sockets.
  [[nodiscard]] std::string host() const;
  [[nodiscard]] bool is_loopback() const;
  /// Loopback, link-local, private (RFC 1918) or unique local (RFC 4193): inside the perimeter. The
  /// addresses of cloud metadata services are not.
  [[nodiscard]] bool is_local() const;
};

/// A numeric IPv4 or IPv6 address.
[[nodiscard]] base::Result<Endpoint> parse_ip(std::string_view address, uint16_t port);
/// "127.0.0.1:8484", "[::1]:8484" or "unix:/path".
[[nodiscard]] base::Result<Endpoint> parse_endpoint(std::string_view text);
/// At most 107 bytes, as sun_path allows.
[[nodiscard]] base::Result<Endpoint> unix_endpoint(std::string path);

}  // namespace srasta::net
