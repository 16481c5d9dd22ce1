#include "net/socket.h"

#include "net/sockaddr.h"

#include <array>
#include <cerrno>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace srasta::net {
namespace {

constexpr size_t kMostParts = 64;
constexpr int kBacklog = 4096;
constexpr base::Millis kAcceptRetry{100};

class SocketStream final : public Stream {
 public:
  SocketStream(Loop& loop, int descriptor) : Stream(loop, descriptor) {}

  Io try_read(std::span<char> out) override {
    if (!is_ready(Direction::Read)) return {IoState::WouldBlock, 0};
    while (true) {
      const ssize_t got = ::recv(descriptor(), out.data(), out.size(), 0);
      if (got > 0) {
        // Less than asked for: the queue is empty, and new bytes raise a new edge (epoll(7), Q9).
        const auto size = static_cast<size_t>(got);
        if (size < out.size()) block(Direction::Read, Direction::Read);
        return {IoState::Done, size};
      }
      if (got == 0) return {IoState::Closed, 0};
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return {IoState::Failed, 0};
      block(Direction::Read, Direction::Read);
      return {IoState::WouldBlock, 0};
    }
  }

  Io try_write(std::span<const std::string_view> parts) override {
    std::array<iovec, kMostParts> vectors;
    size_t count = 0;
    for (const std::string_view part : parts) {
      if (part.empty()) continue;
      if (count == kMostParts) break;
      // iovec is not const-correct; sendmsg only reads.
      vectors[count++] = {const_cast<char*>(part.data()), part.size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    while (true) {
      const ssize_t sent = ::sendmsg(descriptor(), &message, MSG_NOSIGNAL);
      if (sent >= 0) return {IoState::Done, static_cast<size_t>(sent)};
      if (errno == EINTR) continue;
      if (errno != EAGAIN) return {IoState::Failed, 0};
      block(Direction::Write, Direction::Write);
      return {IoState::WouldBlock, 0};
    }
  }

  void shutdown_write() override { ::shutdown(descriptor(), SHUT_WR); }

  /// Until the connection stands, it is not writable.
  void expect_connected_event() { block(Direction::Write, Direction::Write); }
};

int family_of(const Endpoint& endpoint) {
  switch (endpoint.family) {
    case Endpoint::Family::V4:
      return AF_INET;
    case Endpoint::Family::V6:
      return AF_INET6;
    case Endpoint::Family::Unix:
      return AF_UNIX;
  }
  return AF_UNIX;
}

int open_socket(const Endpoint& endpoint) {
  return ::socket(family_of(endpoint), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

void set_option(int descriptor, int level, int option) {
  const int on = 1;
  ::setsockopt(descriptor, level, option, &on, sizeof on);
}

base::Error connect_error(const Endpoint& endpoint, int error_number) {
  return base::make_error(base::Code::Unavailable, "connection failed",
                          base::errno_error("connect " + endpoint.str(), error_number).message);
}

/// Removes the file of a Unix socket that nobody serves any more.
void remove_stale_socket(const Endpoint& endpoint) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const SocketAddress address = to_socket_address(endpoint);
  if (::connect(probe, address.get(), address.size) != 0 && errno == ECONNREFUSED) {
    ::unlink(endpoint.path.c_str());
  }
  ::close(probe);
}

base::Result<void> bind_and_listen(int descriptor, const Endpoint& endpoint, bool share) {
  if (endpoint.family == Endpoint::Family::Unix) {
    remove_stale_socket(endpoint);
  } else {
    set_option(descriptor, SOL_SOCKET, SO_REUSEADDR);
    if (share) set_option(descriptor, SOL_SOCKET, SO_REUSEPORT);
    if (endpoint.family == Endpoint::Family::V6) set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY);
  }
  const SocketAddress address = to_socket_address(endpoint);
  const mode_t previous = ::umask(0177);
  const int bound = ::bind(descriptor, address.get(), address.size);
  const int error_number = errno;
  ::umask(previous);
  if (bound != 0) return base::errno_error("bind " + endpoint.str(), error_number);
  if (::listen(descriptor, kBacklog) != 0) {
    return base::errno_error("listen on " + endpoint.str(), errno);
  }
  return {};
}

}  // namespace

std::unique_ptr<Stream> make_socket_stream(Loop& loop, int descriptor) {
  return std::make_unique<SocketStream>(loop, descriptor);
}

Task<base::Result<std::unique_ptr<Stream>>> connect_socket(Endpoint endpoint, Scope& scope,
                                                           base::Micros timeout) {
  const int descriptor = open_socket(endpoint);
  if (descriptor < 0) co_return base::errno_error("socket", errno);
  if (endpoint.family != Endpoint::Family::Unix) set_option(descriptor, IPPROTO_TCP, TCP_NODELAY);
  const SocketAddress address = to_socket_address(endpoint);
  const int started = ::connect(descriptor, address.get(), address.size);
  if (started != 0 && errno != EINPROGRESS) {
    const int error_number = errno;
    ::close(descriptor);
    co_return connect_error(endpoint, error_number);
  }
  auto stream = std::make_unique<SocketStream>(scope.loop(), descriptor);
  if (started == 0) co_return std::unique_ptr<Stream>(std::move(stream));
  stream->expect_connected_event();
  const Wake wake = co_await stream->writable(scope, scope.within(timeout));
  if (wake == Wake::Timeout)
    co_return base::make_error(base::Code::Timeout, "connection timed out");
  if (wake == Wake::Cancelled) co_return base::make_error(base::Code::Cancelled, "cancelled");
  int error_number = 0;
  socklen_t size = sizeof error_number;
  ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error_number, &size);
  // A connection that was accepted and reset at once did stand: its first use tells.
  const bool was_reset = error_number == ECONNRESET || error_number == EPIPE;
  if (error_number != 0 && !was_reset) co_return connect_error(endpoint, error_number);
  co_return std::unique_ptr<Stream>(std::move(stream));
}

/// After running out of descriptors: edge-triggered readiness will not be reported again.
class Listener::Retry final : public Timer {
 public:
  explicit Retry(Listener& listener) : listener_(listener) {}

 private:
  void on_timeout() override { listener_.accept_pending(); }
  Listener& listener_;
};

base::Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, const Endpoint& endpoint,
                                                       bool share, Acceptor& acceptor) {
  const int descriptor = open_socket(endpoint);
  if (descriptor < 0) return base::errno_error("socket", errno);
  if (auto bound = bind_and_listen(descriptor, endpoint, share); !bound) {
    ::close(descriptor);
    return std::move(bound).error();
  }
  Endpoint actual = endpoint;
  if (endpoint.family != Endpoint::Family::Unix) {
    SocketAddress address;
    address.size = sizeof address.storage;
    ::getsockname(descriptor, address.get(), &address.size);
    actual = from_socket_address(address);
  }
  auto listener = std::make_unique<Listener>(Key{}, loop, descriptor, std::move(actual), acceptor);
  SRASTA_TRY(loop.watch(descriptor, *listener));
  return listener;
}

Listener::Listener(Key, Loop& loop, int descriptor, Endpoint endpoint, Acceptor& acceptor)
    : loop_(loop),
      descriptor_(descriptor),
      endpoint_(std::move(endpoint)),
      acceptor_(acceptor),
      retry_(std::make_unique<Retry>(*this)) {}

Listener::~Listener() {
  loop_.forget(descriptor_, *this);
  ::close(descriptor_);
  if (endpoint_.family == Endpoint::Family::Unix) ::unlink(endpoint_.path.c_str());
}

void Listener::on_ready(uint32_t) {
  accept_pending();
}

void Listener::turn_away() {
  if (endpoint_.family == Endpoint::Family::Unix) return;
  // A socket filter of TCP sees the segment from its header on (RFC 9293 section 3.1). Only the
  // first segment of a handshake is dropped: those that have begun may still be completed.
  constexpr unsigned kFlagsAt = 13;
  constexpr unsigned kSyn = 0x02;
  std::array<sock_filter, 4> drop_syn = {{BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsAt),
                                          BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kSyn, 0, 1),
                                          BPF_STMT(BPF_RET | BPF_K, 0),
                                          BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFF)}};
  const sock_fprog program = {.len = drop_syn.size(), .filter = drop_syn.data()};
  // Without it some clients meet a reset, which is what they meet at every other server.
  ::setsockopt(descriptor_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

void Listener::accept_pending() {
  while (true) {
    SocketAddress peer;
    peer.size = sizeof peer.storage;
    const int descriptor =
        ::accept4(descriptor_, peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (descriptor < 0) {
      if (errno == EAGAIN) return;
      acceptor_.on_accept_failed(errno);
      loop_.timers().arm(*retry_, loop_.now() + kAcceptRetry);
      return;
    }
    if (endpoint_.family != Endpoint::Family::Unix)
      set_option(descriptor, IPPROTO_TCP, TCP_NODELAY);
    acceptor_.on_connection(descriptor, from_socket_address(peer));
  }
}

}  // namespace srasta::net
