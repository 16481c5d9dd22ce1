#pragma once

#include "base/result.h"
#include "net/endpoint.h"
#include "net/stream.h"

#include <memory>

namespace srasta::net {

/// A TCP or Unix stream without encryption. Takes a connected, non-blocking descriptor over.
[[nodiscard]] std::unique_ptr<Stream> make_socket_stream(Loop& loop, int descriptor);

/// Connects within `timeout`; TCP_NODELAY is set. Errors: Code::Unavailable (refused, unreachable),
/// Code::Timeout, Code::Cancelled.
Task<base::Result<std::unique_ptr<Stream>>> connect_socket(Endpoint endpoint, Scope& scope,
                                                           base::Micros timeout);

/// Accepts on one endpoint and hands each connection over, until destroyed.
class Listener final : public Watched {
 private:
  struct Key {};

 public:
  class Acceptor {
   public:
    virtual ~Acceptor() = default;
    /// Takes over `descriptor` (connected, non-blocking).
    virtual void on_connection(int descriptor, const Endpoint& peer) = 0;
    /// Nothing can be accepted for now (no descriptors left, for one); it is tried again soon.
    virtual void on_accept_failed(int error_number) = 0;
  };

  /// With `share`, several loops may listen on the same TCP port and the kernel spreads connections
  /// (SO_REUSEPORT). A Unix socket file left by a dead process is replaced; its mode is 0600.
  static base::Result<std::unique_ptr<Listener>> open(Loop& loop, const Endpoint& endpoint,
                                                      bool share, Acceptor& acceptor);
  Listener(Key, Loop& loop, int descriptor, Endpoint endpoint, Acceptor& acceptor);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() override;

  /// The bound endpoint; differs from the wanted one when port 0 was asked.
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  /// From now on the kernel drops what asks for a connection, instead of beginning a handshake that
  /// nobody would serve: such a client tries again, and finds the successor or a closed port. What
  /// has begun still arrives.
  void turn_away();
  /// Hands over what the kernel has already accepted.
  void accept_pending();

 private:
  class Retry;
  void on_ready(uint32_t events) override;

  Loop& loop_;
  const int descriptor_;
  const Endpoint endpoint_;
  Acceptor& acceptor_;
  std::unique_ptr<Retry> retry_;
};

}  // namespace srasta::net
