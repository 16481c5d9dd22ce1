#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::config {

/// An IPv4 or IPv6 address in 16 bytes; IPv4 is held as ::ffff:a.b.c.d, so that one address has
/// one value however a peer spells it.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};

  [[nodiscard]] bool is_v4() const;
  /// 127.0.0.0/8 and ::1.
  [[nodiscard]] bool is_loopback() const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// inet_pton(3) spelling, without brackets and zone.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);

/// An address to listen on.
struct HostPort {
  std::string host;  ///< IP address without brackets
  uint16_t port = 0;

  [[nodiscard]] bool is_loopback() const;
  /// `127.0.0.1:8484`, `[::1]:8484`.
  [[nodiscard]] std::string text() const;
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// `ADDRESS:PORT` with an IP address (IPv6 in brackets) or `localhost`, which becomes 127.0.0.1.
[[nodiscard]] std::optional<HostPort> parse_host_port(std::string_view text);

/// A block of addresses (CIDR, RFC 4632).
struct AddressBlock {
  IpAddress first;
  unsigned prefix = 128;  ///< leading bits of the 16-byte form

  [[nodiscard]] bool contains(const IpAddress& address) const;
};

/// `10.0.0.0/8`, `::1/128` or a bare address; bits after the prefix must be zero.
[[nodiscard]] std::optional<AddressBlock> parse_address_block(std::string_view text);

/// Whether a URL's host (IPv6 without brackets) is this machine: 127.0.0.0/8, ::1 or `localhost`.
[[nodiscard]] bool is_loopback_host(std::string_view host);

}  // namespace srasta::config
