#pragma once

#include "net/loop.h"
#include "net/scope.h"
#include "net/task.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace srasta::net {

enum class IoState : uint8_t { Done, WouldBlock, Closed, Failed, Timeout, Cancelled };

/// The outcome of one attempt to move bytes; `size` counts them when the state is Done.
struct [[nodiscard]] Io {
  IoState state = IoState::Failed;
  size_t size = 0;
};

/// A connected byte stream (TCP, Unix, TLS), for one loop. Reading and writing never block; whoever
/// gets WouldBlock awaits `readable` or `writable`.
class Stream : public Watched {
 public:
  enum class Direction : uint8_t { Read, Write };

  class Ready final : public Wait {
   public:
    Ready(Stream& stream, Direction direction, Scope& scope, base::MonoTime deadline)
        : Wait(scope, deadline), stream_(stream), direction_(direction) {}
    bool await_ready();
    void await_suspend(std::coroutine_handle<> handle);

   private:
    friend class Stream;
    void unregister() override;
    Stream& stream_;
    Direction direction_;
  };

  /// Told once when the peer has closed or reset the connection, at any time, also while nobody
  /// reads.
  class GoneHandler {
   public:
    virtual void on_peer_gone() = 0;

   protected:
    ~GoneHandler() = default;
  };

  /// Takes the descriptor over.
  Stream(Loop& loop, int descriptor);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() override;

  /// Closed: the peer ended its direction. Failed: reset, or a protocol violation.
  virtual Io try_read(std::span<char> out) = 0;
  /// Writes a prefix of the joined parts.
  virtual Io try_write(std::span<const std::string_view> parts) = 0;
  /// Says goodbye in this direction if that takes no waiting.
  virtual void shutdown_write() = 0;

  [[nodiscard]] Ready readable(Scope& scope, base::MonoTime deadline) {
    return {*this, Direction::Read, scope, deadline};
  }
  [[nodiscard]] Ready writable(Scope& scope, base::MonoTime deadline) {
    return {*this, Direction::Write, scope, deadline};
  }

  /// `handler` (or null) must outlive its registration; called at once if the peer is already gone.
  void set_gone_handler(GoneHandler* handler);
  [[nodiscard]] Loop& loop() const { return loop_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

 protected:
  /// False: an attempt now would block, for certain.
  [[nodiscard]] bool is_ready(Direction direction) const;
  void on_ready(uint32_t events) final;
  /// Called when bytes arrived while a gone handler is set and nobody reads.
  virtual bool peer_said_goodbye() { return false; }
  /// The next attempt in `direction` needs the descriptor to become ready for `needs`.
  void block(Direction direction, Direction needs);

 private:
  void notify(Direction direction);
  void report_gone();

  Loop& loop_;
  const int descriptor_;
  bool ready_[2] = {true, true};
  Direction needs_[2] = {Direction::Read, Direction::Write};
  Ready* waiters_[2] = {nullptr, nullptr};
  GoneHandler* gone_ = nullptr;
  bool peer_gone_ = false;
};

/// Writes what fits now; the rest is copied to `rest`. Done, or why nothing more can be written.
IoState write_now(Stream& stream, std::span<const std::string_view> parts, std::string& rest);

/// Writes all parts or says why not. What cannot be sent at once is copied, so `parts` need not
/// survive a wait. `idle` bounds each single wait for room.
Task<IoState> write_all(Stream& stream, std::span<const std::string_view> parts, Scope& scope,
                        base::Micros idle);

/// The same without a copy: `parts`, and what they point at, must stay until the end.
Task<IoState> write_all_kept(Stream& stream, std::span<const std::string_view> parts, Scope& scope,
                             base::Micros idle);

/// Reads what is there, waiting until `deadline` for the first byte. Never returns WouldBlock.
Task<Io> read_some(Stream& stream, std::span<char> out, Scope& scope, base::MonoTime deadline);

[[nodiscard]] IoState state_of(Wake wake);

}  // namespace srasta::net
