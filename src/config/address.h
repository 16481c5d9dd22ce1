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

/// An http or https URL as configuration may name it: no user, query or fragment, path without
/// dot segments, host in lower case.
struct Url {
  bool https = false;
  std::string host;   ///< without brackets
  uint16_t port = 0;  ///< never 0: 80 and 443 are filled in
  std::string path;   ///< empty or begins with `/`, as written

  /// An address in 127.0.0.0/8, ::1 or the name `localhost`.
  [[nodiscard]] bool is_loopback() const;
};

[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

}  // namespace srasta::config
