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

/// Splits `HOST:PORT`, `[V6]:PORT`, `HOST` and `[V6]`; the port is empty when there is none.
struct Authority {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
};

std::optional<Authority> split_authority(std::string_view text) {
  size_t host_end = text.find(':');
  Authority parts;
  if (text.starts_with('[')) {
    const size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    parts.host = text.substr(1, bracket - 1);
    if (parts.host.find(':') == std::string_view::npos) return std::nullopt;
    host_end = bracket + 1 == text.size() ? std::string_view::npos : bracket + 1;
    if (host_end != std::string_view::npos && text[host_end] != ':') return std::nullopt;
  } else {
    parts.host = text.substr(0, host_end);
  }
  if (host_end != std::string_view::npos) {
    parts.port = text.substr(host_end + 1);
    parts.has_port = true;
  }
  return parts;
}

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/// RFC 1123 names. A name that ends in a number would be an address to some resolvers (0x7f.1,
/// 127.1), so only inet_pton's spelling of those passes.
bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  size_t start = 0;
  std::string_view label;
  for (size_t at = 0; at <= name.size(); ++at) {
    if (at != name.size() && name[at] != '.') {
      if (!is_label_character(name[at])) return false;
      continue;
    }
    label = name.substr(start, at - start);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') {
      return false;
    }
    start = at + 1;
  }
  return label.front() < '0' || label.front() > '9';
}

bool is_url_path(std::string_view path) {
  if (path.empty()) return true;
  if (path.front() != '/' || path.find("//") != std::string_view::npos) return false;
  for (const char c : path) {
    if (!is_label_character(c) &&
        std::string_view("/._~:@!$&'()*+,;=").find(c) == std::string_view::npos) {
      return false;
    }
  }
  const std::string closed = std::string(path) + "/";
  return closed.find("/./") == std::string::npos && closed.find("/../") == std::string::npos;
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
  const auto address = parse_ip(host);
  return address && address->is_loopback();
}

std::string HostPort::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<HostPort> parse_host_port(std::string_view text) {
  const auto parts = split_authority(text);
  if (!parts || !parts->has_port) return std::nullopt;
  const auto port = parse_port(parts->port);
  if (!port) return std::nullopt;
  if (parts->host == "localhost") return HostPort{"127.0.0.1", *port};
  if (!parse_ip(parts->host)) return std::nullopt;
  return HostPort{std::string(parts->host), *port};
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

bool Url::is_loopback() const {
  if (host == "localhost") return true;
  const auto address = parse_ip(host);
  return address && address->is_loopback();
}

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  if (text.starts_with("https://")) {
    url.https = true;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const size_t slash = std::min(text.find('/'), text.size());
  url.path = text.substr(slash);
  const auto parts = split_authority(text.substr(0, slash));
  if (!parts || !is_url_path(url.path)) return std::nullopt;
  if (!parse_ip(parts->host) && !is_host_name(parts->host)) return std::nullopt;
  url.host = base::to_lower(parts->host);
  const auto port =
      parts->has_port ? parse_port(parts->port) : std::optional<uint16_t>(url.https ? 443 : 80);
  if (!port || *port == 0) return std::nullopt;
  url.port = *port;
  return url;
}

}  // namespace srasta::config
