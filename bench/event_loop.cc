#include "event_loop.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace bench {
namespace {

constexpr int kBacklog = 16384;

int checked(int result, const char* what) {
  if (result >= 0) return result;
  std::perror(what);
  std::exit(1);
}

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

Descriptor make_socket() {
  return Descriptor(
      checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
}

void send_at_once(const Descriptor& socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this == &other) return *this;
  if (number_ >= 0) ::close(number_);
  number_ = other.release();
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

int Descriptor::release() {
  return std::exchange(number_, -1);
}

Descriptor listen_on(uint16_t port) {
  Descriptor listener = make_socket();
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(port);
  checked(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
          "bind");
  checked(::listen(listener.get(), kBacklog), "listen");
  return listener;
}

Descriptor connect_to(uint16_t port) {
  Descriptor socket = make_socket();
  send_at_once(socket);
  const sockaddr_in address = loopback(port);
  const int result =
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (result < 0 && errno != EINPROGRESS) checked(result, "connect");
  return socket;
}

Descriptor accept_from(const Descriptor& listener) {
  Descriptor socket(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.open()) send_at_once(socket);
  return socket;
}

uint16_t port_of(const Descriptor& listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  checked(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size),
          "getsockname");
  return ntohs(address.sin_port);
}

bool send_some(const Descriptor& socket, std::string& out) {
  size_t sent = 0;
  bool alive = true;
  while (sent < out.size()) {
    const ssize_t count = ::send(socket.get(), &out[sent], out.size() - sent, MSG_NOSIGNAL);
    if (count < 0) {
      alive = errno == EAGAIN;
      break;
    }
    sent += static_cast<size_t>(count);
  }
  out.erase(0, sent);
  return alive;
}

Received receive_some(const Descriptor& socket, std::string& in) {
  static thread_local std::array<char, size_t{64} << 10> block;
  const ssize_t count = ::recv(socket.get(), block.data(), block.size(), 0);
  if (count <= 0) return count < 0 && errno == EAGAIN ? Received::Nothing : Received::End;
  in.append(block.data(), static_cast<size_t>(count));
  return static_cast<size_t>(count) < block.size() ? Received::Short : Received::Bytes;
}

EventLoop::EventLoop() : epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}

void EventLoop::watch(const Descriptor& descriptor, Watched& who) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &who;
  checked(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor.get(), &event), "epoll_ctl");
}

void EventLoop::run_once(int timeout_ms) {
  std::array<epoll_event, 512> events{};
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events.at(static_cast<size_t>(i));
    static_cast<Watched*>(event.data.ptr)->on_ready(event.events);
  }
  retired_.clear();
}

}  // namespace bench
