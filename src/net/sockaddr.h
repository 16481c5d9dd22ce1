#pragma once

#include "net/endpoint.h"

#include <sys/socket.h>

// Private to net/: endpoints in the form that the kernel takes.
namespace srasta::net {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

[[nodiscard]] SocketAddress to_socket_address(const Endpoint& endpoint);
[[nodiscard]] Endpoint from_socket_address(const SocketAddress& address);

}  // namespace srasta::net
