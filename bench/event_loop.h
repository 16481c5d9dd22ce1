#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The bench's own sockets: what measures shares no code with what is measured.
namespace bench {

/// CLOCK_MONOTONIC, so that two processes of one machine can compare their times.
[[nodiscard]] int64_t now_ns();

/// A descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  void close() { *this = Descriptor(); }
  int release();

 private:
  int number_;
};

/// Both are non-blocking with TCP_NODELAY, on 127.0.0.1. They end the program when they cannot.
[[nodiscard]] Descriptor listen_on(uint16_t port);
[[nodiscard]] Descriptor connect_to(uint16_t port);
[[nodiscard]] Descriptor accept_from(const Descriptor& listener);
[[nodiscard]] uint16_t port_of(const Descriptor& listener);

/// Sends what the socket takes and removes it from `out`. False: the peer is gone.
[[nodiscard]] bool send_some(const Descriptor& socket, std::string& out);

/// Short: bytes, and fewer than could have come, so that the next ones make an edge.
enum class Received : uint8_t { Bytes, Short, Nothing, End };

/// Appends what has arrived, at most 64 KiB. End: closed or broken.
[[nodiscard]] Received receive_some(const Descriptor& socket, std::string& in);

/// Who is told about a descriptor. Edge-triggered: use it up until it would block.
class Watched {
 public:
  virtual void on_ready(uint32_t events) = 0;
  virtual ~Watched() = default;
};

class EventLoop {
 public:
  EventLoop();
  /// Reading, writing and the peer's end, as edges.
  void watch(const Descriptor& descriptor, Watched& who);
  /// Destroys `who` after the events of this round, some of which may still name it.
  void retire(std::unique_ptr<Watched> who) { retired_.push_back(std::move(who)); }
  /// Waits up to `timeout_ms` (-1: for ever) and tells everybody.
  void run_once(int timeout_ms);

 private:
  Descriptor epoll_;
  std::vector<std::unique_ptr<Watched>> retired_;
};

}  // namespace bench
