#include "net/resolve.h"

#include "net/sockaddr.h"

#include <cstring>
#include <memory>
#include <netdb.h>

namespace srasta::net {
namespace {

using Addresses = base::Result<std::vector<Endpoint>>;

Addresses look_up(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(port);
  const int outcome = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found);
  if (outcome != 0) {
    return base::make_error(base::Code::Unavailable, "name has no address",
                            host + ": " + ::gai_strerror(outcome));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  std::vector<Endpoint> endpoints;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (each->ai_family != AF_INET && each->ai_family != AF_INET6) continue;
    SocketAddress address;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.size = each->ai_addrlen;
    endpoints.push_back(from_socket_address(address));
  }
  return endpoints;
}

}  // namespace

Task<Addresses> resolve(BlockingPool& pool, std::string host, uint16_t port, Scope& scope,
                        base::MonoTime deadline) {
  if (auto numeric = parse_ip(host, port); numeric.ok()) {
    co_return std::vector<Endpoint>{*std::move(numeric)};
  }
  Delivery<Addresses> delivery(scope.loop());
  pool.submit([host, port, send = delivery.sender()] { send(look_up(host, port)); });
  std::optional<Addresses> answer = co_await delivery.receive(scope, deadline);
  if (answer) co_return *std::move(answer);
  if (scope.cancelled()) co_return base::make_error(base::Code::Cancelled, "cancelled");
  co_return base::make_error(base::Code::Timeout, "name look-up timed out", host);
}

}  // namespace srasta::net
