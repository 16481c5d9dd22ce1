#include "cli/dialling.h"

#include "base/descriptor.h"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace srasta::cli {
namespace {

constexpr int kPatienceMillis = 300;

}  // namespace

Addresses addresses_of(const std::string& host, uint16_t port, Names names) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (names == Names::Numeric ? AI_NUMERICHOST : 0);
  addrinfo* list = nullptr;
  const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
  if (::getaddrinfo(numeric.c_str(), std::to_string(port).c_str(), &hints, &list) != 0) return {};
  return Addresses(list);
}

bool answers(const std::string& host, uint16_t port, Names names) {
  const Addresses addresses = addresses_of(host, port, names);
  if (!addresses) return false;
  const base::Descriptor socket(
      ::socket(addresses->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.open()) return false;
  if (::connect(socket.get(), addresses->ai_addr, addresses->ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS) return false;
  pollfd writable{.fd = socket.get(), .events = POLLOUT, .revents = 0};
  if (::poll(&writable, 1, kPatienceMillis) != 1) return false;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

}  // namespace srasta::cli
