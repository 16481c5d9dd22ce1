#pragma once

#include "http/chunked.h"
#include "http/head.h"
#include "http/url.h"
#include "net/blocking.h"
#include "net/endpoint.h"
#include "net/stream.h"
#include "net/tls.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::net {

/// What went wrong with a server that we asked.
enum class ClientFault : uint8_t {
  None,
  Unreachable,  ///< no address, refused, TLS not accepted
  ConnectTimeout,
  Reset,  ///< closed or reset before a complete head
  HeadTimeout,
  Garbage,        ///< not HTTP
  BadStatusLine,  ///< HTTP, but not a status line as RFC 9112 has it
  BadHead,
  BadFraming,
  HeadTooLarge,
  BadChunk,
  ShortBody,  ///< closed before the end of the body
  IdleTimeout,
  Cancelled,
  NotAllowed,  ///< the address is outside what the caller permits
};

[[nodiscard]] std::string_view to_string(ClientFault fault);

/// One connection to a server, used for one exchange at a time.
class HttpClientConnection {
 public:
  explicit HttpClientConnection(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

  /// `parts`, and what they point at, must stay until the end.
  Task<ClientFault> send(std::span<const std::string_view> parts, Scope& scope, base::Micros idle);
  /// More of a request whose head was sent.
  Task<ClientFault> send_more(std::span<const std::string_view> parts, Scope& scope,
                              base::Micros idle);
  /// The final head; interim answers (1xx but 101) are skipped. `head()` is valid until the next
  /// call.
  Task<ClientFault> read_head(Scope& scope, base::MonoTime deadline);
  [[nodiscard]] const http::ResponseHead& head() const { return head_; }

  struct BodyRun {
    ClientFault fault = ClientFault::None;
    bool done = false;
  };
  static constexpr size_t kMostRead = size_t{16} << 10;
  /// The next bytes of the body into `pieces()`, as they arrive, at most `most` from the socket;
  /// valid until the next wait on the loop.
  Task<BodyRun> read_body(Scope& scope, base::Micros idle, size_t most = kMostRead);
  [[nodiscard]] const std::vector<std::string_view>& pieces() const { return pieces_; }

  /// Whether `fault` cut a chunked body before its last chunk.
  [[nodiscard]] bool cut_in_chunks(ClientFault fault) const {
    return fault == ClientFault::ShortBody && head_.framing == http::Framing::Chunked;
  }
  /// Whether the server sent more than it announced. Such a connection is never reused.
  [[nodiscard]] bool sent_extra_bytes() const { return extra_bytes_; }
  /// Whether the exchange ended so that another one may follow.
  [[nodiscard]] bool reusable() const { return reusable_; }
  [[nodiscard]] Stream& stream() const { return *stream_; }

 private:
  ClientFault parse_head();
  bool take_body(std::string_view bytes, BodyRun& run);
  void take_chunks(std::string_view bytes, BodyRun& run);
  void finish(std::string_view rest);

  std::unique_ptr<Stream> stream_;
  std::string buffer_;
  http::HeadScanner scanner_;
  http::ResponseHead head_;
  http::ChunkedDecoder chunks_;
  uint64_t left_ = 0;
  size_t body_start_ = 0;
  std::vector<std::string_view> pieces_;
  Turn turn_;
  bool started_body_ = false;
  bool reusable_ = false;
  bool extra_bytes_ = false;
};

/// Connections to one server, for one loop. Idle ones are kept for `idle_for` and dropped when the
/// server closes them.
class HttpClientPool {
 public:
  struct Settings {
    http::Url url;
    std::string unix_path;                  ///< instead of the URL's host, when not empty
    std::shared_ptr<const TlsContext> tls;  ///< required when url.tls
    base::Micros connect_timeout = base::Seconds(2);
    base::Micros idle_for = base::Seconds(30);
    size_t most_idle = 256;
    /// Refuse addresses outside the perimeter, checked at every connect; see `set_local_only`.
    bool local_only = false;
  };

  HttpClientPool(Loop& loop, BlockingPool& blocking, Settings settings);
  HttpClientPool(const HttpClientPool&) = delete;
  HttpClientPool& operator=(const HttpClientPool&) = delete;
  ~HttpClientPool();

  struct Acquired {
    ClientFault fault = ClientFault::None;
    std::unique_ptr<HttpClientConnection> connection;
    bool fresh = false;  ///< connected now, not taken from the pool
    std::string detail;  ///< for the operator's log
  };
  Task<Acquired> acquire(Scope& scope, bool allow_pooled = true);
  /// From the next connect on. Connections at rest that may lead outside are closed.
  void set_local_only(bool local_only);
  /// Gives a connection back; it is kept only if it is reusable.
  void release(std::unique_ptr<HttpClientConnection> connection);

  [[nodiscard]] const Settings& settings() const { return settings_; }
  [[nodiscard]] Loop& loop() const { return loop_; }

 private:
  class Idle;
  Task<Acquired> connect(Scope& scope);
  Task<base::Result<std::unique_ptr<Stream>>> open_stream(Scope& scope);
  void drop(Idle& idle);

  Loop& loop_;
  BlockingPool& blocking_;
  Settings settings_;
  std::vector<std::unique_ptr<Idle>> idle_;
  std::vector<std::unique_ptr<Idle>> dropped_;
};

/// One small exchange with a control-plane server.
struct SimpleRequest {
  std::string_view method = "GET";
  std::string path;
  std::string fields;  ///< whole header lines
  std::string body;    ///< its Content-Length is added when it is not empty
  /// Likewise, but sent from where it is and never copied; alive until the exchange is over.
  std::string_view secret_fields = {};
};

/// A whole answer.
struct SimpleAnswer {
  ClientFault fault = ClientFault::None;
  int status = 0;
  std::string content_type;
  std::string cache_control;
  std::string error_code;  ///< of x-srasta-error
  std::string location;    ///< of a redirect
  std::string retry_after;
  std::string body;
  std::string detail;
};

/// Asks on a connection of its own, with a bound on time (the deadline of `scope`, which must have
/// one) and size (ClientFault::BadFraming
/// past `limit`). Redirects are answers, not followed.
Task<SimpleAnswer> http_exchange(HttpClientPool& pool, SimpleRequest request, size_t limit,
                                 Scope& scope);

}  // namespace srasta::net
