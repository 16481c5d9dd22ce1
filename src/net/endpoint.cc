#include "net/endpoint.h"

#include "base/encoding.h"
#include "http/url.h"
#include "net/sockaddr.h"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <sys/un.h>

namespace srasta::net {
namespace {

bool is_v4_mapped(const Endpoint& endpoint) {
  for (size_t i = 0; i < 10; ++i) {
    if (endpoint.address[i] != 0) return false;
  }
  return endpoint.family == Endpoint::Family::V6 && endpoint.address[10] == 0xFF &&
         endpoint.address[11] == 0xFF;
}

/// The four bytes of an IPv4 address, also when it is written inside IPv6.
const uint8_t* v4_bytes(const Endpoint& endpoint) {
  if (endpoint.family == Endpoint::Family::V4) return endpoint.address.data();
  return is_v4_mapped(endpoint) ? endpoint.address.data() + 12 : nullptr;
}

bool is_v6_loopback(const Endpoint& endpoint) {
  for (size_t i = 0; i < 15; ++i) {
    if (endpoint.address[i] != 0) return false;
  }
  return endpoint.address[15] == 1;
}

}  // namespace

std::string Endpoint::host() const {
  if (family == Family::Unix) return "unix";
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(family == Family::V4 ? AF_INET : AF_INET6, address.data(), text, sizeof text);
  return text;
}

std::string Endpoint::str() const {
  if (family == Family::Unix) return "unix:" + path;
  if (family == Family::V6) return "[" + host() + "]:" + std::to_string(port);
  return host() + ":" + std::to_string(port);
}

bool Endpoint::is_loopback() const {
  if (family == Family::Unix) return true;
  if (const uint8_t* v4 = v4_bytes(*this)) return v4[0] == 127;
  return is_v6_loopback(*this);
}

bool Endpoint::is_local() const {
  if (is_loopback()) return true;
  if (http::is_metadata_host(host())) return false;
  if (const uint8_t* v4 = v4_bytes(*this)) {
    return v4[0] == 10 || (v4[0] == 172 && (v4[1] & 0xF0) == 16) ||
           (v4[0] == 192 && v4[1] == 168) || (v4[0] == 169 && v4[1] == 254);
  }
  return (address[0] & 0xFE) == 0xFC || (address[0] == 0xFE && (address[1] & 0xC0) == 0x80);
}

base::Result<Endpoint> parse_ip(std::string_view address, uint16_t port) {
  const std::string text(address);
  Endpoint endpoint;
  endpoint.port = port;
  // inet_pton(3) would stop there.
  if (text.contains('\0')) return base::make_error(base::Code::Invalid, "not an IP address");
  if (::inet_pton(AF_INET, text.c_str(), endpoint.address.data()) == 1) return endpoint;
  endpoint.family = Endpoint::Family::V6;
  if (::inet_pton(AF_INET6, text.c_str(), endpoint.address.data()) == 1) return endpoint;
  return base::make_error(base::Code::Invalid, "'" + text + "' is not an IP address");
}

base::Result<Endpoint> unix_endpoint(std::string path) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    return base::make_error(base::Code::Invalid,
                            "a Unix socket path has 1 to 107 bytes: '" + path + "'");
  }
  Endpoint endpoint;
  endpoint.family = Endpoint::Family::Unix;
  endpoint.path = std::move(path);
  return endpoint;
}

base::Result<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with("unix:")) return unix_endpoint(std::string(text.substr(5)));
  const size_t colon = text.rfind(':');
  const auto port =
      colon == std::string_view::npos ? std::nullopt : base::parse_u64(text.substr(colon + 1));
  if (!port || *port > 65535) {
    return base::make_error(
        base::Code::Invalid,
        "'" + std::string(text) + "' must be ADDRESS:PORT, for example 127.0.0.1:8484");
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  return parse_ip(host, static_cast<uint16_t>(*port));
}

SocketAddress to_socket_address(const Endpoint& endpoint) {
  SocketAddress out;
  if (endpoint.family == Endpoint::Family::Unix) {
    auto& address = reinterpret_cast<sockaddr_un&>(out.storage);
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, endpoint.path.c_str(), endpoint.path.size() + 1);
    out.size = sizeof(sockaddr_un);
  } else if (endpoint.family == Endpoint::Family::V4) {
    auto& address = reinterpret_cast<sockaddr_in&>(out.storage);
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    std::memcpy(&address.sin_addr, endpoint.address.data(), 4);
    out.size = sizeof(sockaddr_in);
  } else {
    auto& address = reinterpret_cast<sockaddr_in6&>(out.storage);
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(endpoint.port);
    std::memcpy(&address.sin6_addr, endpoint.address.data(), 16);
    out.size = sizeof(sockaddr_in6);
  }
  return out;
}

Endpoint from_socket_address(const SocketAddress& from) {
  Endpoint endpoint;
  if (from.storage.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(from.storage);
    endpoint.port = ntohs(address.sin_port);
    std::memcpy(endpoint.address.data(), &address.sin_addr, 4);
  } else if (from.storage.ss_family == AF_INET6) {
    const auto& address = reinterpret_cast<const sockaddr_in6&>(from.storage);
    endpoint.family = Endpoint::Family::V6;
    endpoint.port = ntohs(address.sin6_port);
    std::memcpy(endpoint.address.data(), &address.sin6_addr, 16);
  } else {
    endpoint.family = Endpoint::Family::Unix;
  }
  return endpoint;
}

}  // namespace srasta::net
