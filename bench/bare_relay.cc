// Question: what does moving the bytes cost when nobody looks at them? One loop that accepts,
// connects and copies both ways: the floor that the gateway's relay is compared with.
// Usage: bare_relay UPSTREAM_PORT; prints its own port.
#include "event_loop.h"

#include <charconv>
#include <csignal>
#include <sys/epoll.h>

#include <fmt/format.h>

namespace {

using bench::Descriptor;

/// One of the two ends of a relayed connection; either end's close ends both.
class End final : public bench::Watched {
 public:
  End(bench::EventLoop& loop, Descriptor socket) : loop_(loop), socket_(std::move(socket)) {}

  static void join(bench::EventLoop& loop, Descriptor client, Descriptor server) {
    auto* const one = new End(loop, std::move(client));
    auto* const other = new End(loop, std::move(server));
    one->other_ = other;
    other->other_ = one;
    loop.watch(one->socket_, *one);
    loop.watch(other->socket_, *other);
  }

 private:
  void on_ready(uint32_t events) override {
    if (!socket_.open()) return;
    ending_ = ending_ || (events & EPOLLRDHUP) != 0;
    const bool held_back = !out_.empty();
    if (!bench::send_some(socket_, out_)) return end_both();
    if ((events & EPOLLIN) != 0 && !pull()) return end_both();
    if (held_back && !other_->pull()) end_both();
  }

  /// Moves what this end has to the other until an edge will tell of more, or until the other
  /// holds bytes back: its next edge goes on here.
  bool pull() {
    while (other_->out_.empty()) {
      const bench::Received received = bench::receive_some(socket_, other_->out_);
      if (received == bench::Received::Nothing) return true;
      if (received == bench::Received::End) return false;
      if (!bench::send_some(other_->socket_, other_->out_)) return false;
      if (received == bench::Received::Short && !ending_) return true;
    }
    return true;
  }

  void end_both() {
    for (End* const each : {other_, this}) {
      each->socket_.close();
      loop_.retire(std::unique_ptr<Watched>(each));
    }
  }

  bench::EventLoop& loop_;
  Descriptor socket_;
  End* other_ = nullptr;
  std::string out_;
  bool ending_ = false;
};

class Door final : public bench::Watched {
 public:
  Door(bench::EventLoop& loop, uint16_t upstream)
      : loop_(loop), upstream_(upstream), listener_(bench::listen_on(0)) {
    loop_.watch(listener_, *this);
  }
  [[nodiscard]] uint16_t port() const { return bench::port_of(listener_); }

 private:
  void on_ready(uint32_t) override {
    for (Descriptor client = bench::accept_from(listener_); client.open();
         client = bench::accept_from(listener_)) {
      End::join(loop_, std::move(client), bench::connect_to(upstream_));
    }
  }

  bench::EventLoop& loop_;
  uint16_t upstream_;
  Descriptor listener_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view text = argc == 2 ? argv[1] : "";
  uint16_t upstream = 0;
  if (std::from_chars(text.begin(), text.end(), upstream).ec != std::errc() || upstream == 0) {
    fmt::print(stderr, "usage: bare_relay UPSTREAM_PORT\n");
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  bench::EventLoop loop;
  const Door door(loop, upstream);
  fmt::print("{}\n", door.port());
  std::fflush(stdout);
  while (true) loop.run_once(-1);
}
