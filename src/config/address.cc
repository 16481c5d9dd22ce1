#include "config/address.h"

#include "base/encoding.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace srasta::config {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<uint16_t> parse_port(std::string_view text) {
  const auto number = base::parse_u64(text);
  if (!number || *number > 65535) return std::nullopt;
  return static_cast<uint16_t>(*number);
}

}  // namespace

bool IpAddress::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
}

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes[12] == 127;
  return bytes.back() == 1 &&
         std::all_of(bytes.begin(), bytes.end() - 1, [](uint8_t byte) { return byte == 0; });
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  const std::string copy(text);
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  IpAddress address;
  if (::inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) return address;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
  if (::inet_pton(AF_INET, copy.c_str(), address.bytes.data() + 12) == 1) return address;
  return std::nullopt;
}

bool HostPort::is_loopback() const {
  return is_loopback_host(host);
}

std::string HostPort::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<HostPort> parse_host_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;
  if (host == "localhost") return HostPort{"127.0.0.1", *port};
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool v6 = host.find(':') != std::string_view::npos;
  if (v6 != bracketed || !parse_ip(host)) return std::nullopt;
  return HostPort{std::string(host), *port};
}

bool AddressBlock::contains(const IpAddress& address) const {
  const size_t whole = prefix / 8;
  if (std::memcmp(first.bytes.data(), address.bytes.data(), whole) != 0) return false;
  if (prefix % 8 == 0) return true;
  const unsigned shift = 8 - prefix % 8;
  return first.bytes[whole] >> shift == address.bytes[whole] >> shift;
}

std::optional<AddressBlock> parse_address_block(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  AddressBlock block{*address, 128};
  if (slash == std::string_view::npos) return block;
  const bool dotted = text.substr(0, slash).find(':') == std::string_view::npos;
  const auto prefix = base::parse_u64(text.substr(slash + 1));
  if (!prefix || *prefix > (dotted ? 32U : 128U)) return std::nullopt;
  block.prefix = static_cast<unsigned>(*prefix) + (dotted ? 96 : 0);
  for (unsigned bit = block.prefix; bit < 128; ++bit) {
    if ((block.first.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  }
  return block;
}

bool is_loopback_host(std::string_view host) {
  if (host == "localhost") return true;
  const auto address = parse_ip(host);
  return address && address->is_loopback();
}

}  // namespace srasta::config
