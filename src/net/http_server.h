#pragma once

#include "http/head.h"
#include "net/endpoint.h"
#include "net/socket.h"
#include "net/stream.h"
#include "net/tls.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace srasta::net {

/// Why a request ended before it reached the application.
enum class Refusal : uint8_t {
  BadRequestLine,
  BadHeader,
  BadConnectionOption,
  BadHost,
  BadPath,
  BadFraming,
  UnknownExpectation,
  UnsupportedVersion,
  HeadTooLarge,
  TooManyFields,
  HeadTimeout,
  HeadTruncated,  ///< the peer closed inside a head: no answer is possible
  Overloaded,     ///< the connection bound is reached
  TlsFailed,
  NoCommonProtocol,  ///< ALPN: the client does not offer HTTP/1.1
};

/// What kept a request body from being whole.
enum class BodyFault : uint8_t {
  None,
  TooLarge,
  NoRoom,  ///< the budget of all bodies is used up
  Truncated,
  Timeout,
  BadChunk,
  TrailersTooLarge,
  NotTaken,  ///< by the sink
};

/// Takes a body piece by piece.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// False: no more is wanted.
  [[nodiscard]] virtual bool take(std::string_view piece) = 0;
};

/// Bytes that request bodies of all servers together may hold in memory. Any thread.
class BodyBudget {
 public:
  explicit BodyBudget(size_t most) : most_(most) {}

  [[nodiscard]] bool take(size_t bytes) {
    if (held_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= most_) return true;
    give_back(bytes);
    return false;
  }
  void give_back(size_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  const size_t most_;
  std::atomic<size_t> held_{0};
};

struct ServerLimits {
  http::HeadLimits head;
  base::Micros head_timeout = base::Seconds(10);
  base::Micros body_idle = base::Seconds(30);
  base::Micros body_total = base::Seconds(300);
  base::Micros keepalive_idle = base::Seconds(75);
  base::Micros write_idle = base::Seconds(30);
  size_t connections = 10'000;  ///< on one loop
};

class HttpServer;

/// One request and its answer on a connection. The application answers exactly once, with `respond`
/// or with `begin_stream` .. `finish`; if it does neither, the connection is closed.
class Exchange final : private Stream::GoneHandler {
 public:
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  [[nodiscard]] const http::RequestHead& head() const { return head_; }
  /// Address of the peer without port; "unix" on a Unix socket.
  [[nodiscard]] const std::string& peer() const { return peer_; }
  /// On a Unix socket the user of the operating system at the other end, when it connected.
  [[nodiscard]] std::optional<uid_t> peer_user() const;
  /// Cancelled when the client is gone or the server is cut off.
  [[nodiscard]] Scope& scope() { return *scope_; }
  [[nodiscard]] Loop& loop() const;
  [[nodiscard]] bool draining() const;
  /// Refusals in a row on this connection, as the application counts them.
  [[nodiscard]] unsigned& refusals() { return *refusals_; }
  /// What the application keeps for this connection; ends with it.
  [[nodiscard]] std::shared_ptr<void>& attachment() { return *attachment_; }
  /// When the first byte of the request was there.
  [[nodiscard]] base::MonoTime started() const { return started_; }

  ~Exchange();

  /// The whole body; sends "100 Continue" first if the client waits for it. What it holds is taken
  /// from `budget`, which must outlive the exchange, and given back at its end.
  Task<BodyFault> read_body(size_t limit, BodyBudget& budget, std::string& out);

  /// The same without keeping it: up to `limit` bytes go to `sink` as they arrive.
  Task<BodyFault> read_body_into(uint64_t limit, BodySink& sink);

  /// Keeps the value of the trailer field `name` (a literal) of a chunked body for `trailer()`. All
  /// other trailer fields are dropped; none ever becomes a header field.
  void keep_trailer(std::string_view name) { kept_trailer_ = name; }
  /// After `read_body`: its value; nothing unless it came exactly once.
  [[nodiscard]] const std::optional<std::string>& trailer() const { return trailer_; }
  /// Removes header fields by name; how many there were.
  template <typename IsRemoved>
  size_t remove_fields(IsRemoved is_removed) {
    return head_.fields.remove_if(is_removed);
  }

  /// Reads and drops a body of known length up to 64 KiB, so that a refusal need not cost the
  /// connection. Larger ones, and those that wait for "100 Continue", stay unread.
  Task<void> discard_small_body();

  /// From here on a closed client cancels the scope. Called by the application once the request is
  /// whole.
  void watch_client() { stream_->set_gone_handler(this); }
  [[nodiscard]] bool client_gone() const { return gone_; }

  /// `fields` are whole header lines with CRLF, without framing and connection fields. False if the
  /// client could not be reached.
  Task<bool> respond(int status, std::string_view fields, std::string_view body);
  Task<bool> begin_stream(int status, std::string_view fields);
  /// Like `begin_stream` for a body whose size is known: `finish` after exactly `size` bytes.
  Task<bool> begin_sized(int status, std::string_view fields, uint64_t size);
  /// One chunk from several parts; they need not survive the call's waits.
  Task<IoState> write(std::span<const std::string_view> parts);
  /// The same in two steps, for callers that can free `parts` in between: what did not fit is
  /// copied to `rest`, which `write_rest` must be given unless it is empty.
  IoState write_now(std::span<const std::string_view> parts, std::string& rest);
  Task<IoState> write_rest(const std::string& rest);
  Task<bool> finish();
  /// The connection ends with this answer.
  void close_after() { keep_alive_ = false; }
  /// Gives the stream up without a proper end, so that the client can tell that it is cut.
  void abort() {
    keep_alive_ = false;
    answered_ = true;
    streaming_ = false;
  }
  [[nodiscard]] bool answered() const { return answered_; }
  /// Status of the answer; 0 while there is none.
  [[nodiscard]] int status() const { return status_; }

 private:
  friend class HttpConnection;
  Exchange() = default;
  void on_peer_gone() override;
  [[nodiscard]] bool hold(size_t bytes);
  Task<bool> invite_body();
  Task<BodyFault> read_exactly(uint64_t length, std::string& out);
  Task<BodyFault> pass_exactly(uint64_t length, BodySink& sink);
  Task<BodyFault> pass_chunked(uint64_t limit, BodySink& sink);
  Task<BodyFault> read_chunked(size_t limit, std::string& out);
  /// Moves newly arrived bytes into the buffer.
  Task<BodyFault> fill(base::MonoTime deadline);
  Task<bool> begin(int status, std::string_view fields, std::string framing);
  [[nodiscard]] std::string start_of_answer(int status, std::string_view fields);

  HttpServer* server_ = nullptr;
  Stream* stream_ = nullptr;
  Scope* scope_ = nullptr;
  std::string* buffer_ = nullptr;  // bytes behind the head
  std::shared_ptr<void>* attachment_ = nullptr;
  unsigned* refusals_ = nullptr;
  Turn turn_;
  BodyBudget* budget_ = nullptr;
  size_t held_ = 0;  // taken from the budget
  std::string_view kept_trailer_;
  std::optional<std::string> trailer_;
  int descriptor_ = -1;
  std::string peer_;
  std::string head_text_;
  http::RequestHead head_;
  base::MonoTime started_;
  int status_ = 0;
  bool keep_alive_ = false;
  bool body_read_ = false;
  bool answered_ = false;
  bool streaming_ = false;
  bool chunked_ = false;
  bool gone_ = false;
};

/// What a server does with requests.
class Application {
 public:
  /// Whether a connection of `peer` is served at all; if so, `left` follows when it is over.
  virtual bool admit(const std::string& /*peer*/) { return true; }
  virtual void left(const std::string& /*peer*/) {}
  /// A connection of `peer` was closed because the server has all it may have.
  virtual void turned_away(const std::string& /*peer*/) {}
  /// Connections cannot be accepted for now; called at each attempt.
  virtual void accept_failed(int /*error_number*/) {}
  virtual Task<void> serve(Exchange& exchange) = 0;
  /// Answers what could not be parsed. `head()` of the exchange may be partly filled. For Refusal
  /// values that cannot be answered, only records it.
  virtual Task<void> refuse(Exchange& exchange, Refusal refusal) = 0;

 protected:
  ~Application() = default;
};

/// HTTP/1.1 on one loop: accepts, reads requests one after another, hands them to the application.
class HttpServer final : private Listener::Acceptor {
 public:
  HttpServer(Loop& loop, const ServerLimits& limits, Application& application,
             std::shared_ptr<const TlsContext> tls);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() override;

  base::Result<Endpoint> listen(const Endpoint& endpoint, bool share);
  /// Turns new connections away, closes idle ones; the others end after their current answer. A
  /// connection that got through and has not sent its first request yet has 250 ms for it, so that
  /// nobody is left without an answer; then the listener closes.
  void drain();
  /// Whether those 250 ms are over.
  [[nodiscard]] bool grace_over() const { return grace_over_; }
  /// Cancels everything that still runs.
  void cut_off();
  [[nodiscard]] size_t connections() const { return count_; }
  [[nodiscard]] Loop& loop() const { return loop_; }
  [[nodiscard]] const ServerLimits& limits() const { return limits_; }
  /// Takes effect with the next wait of each connection.
  void set_limits(const ServerLimits& limits) { limits_ = limits; }
  /// For connections that come from now on. A server keeps speaking TLS, or not, as it began.
  void set_tls(std::shared_ptr<const TlsContext> tls) { tls_ = std::move(tls); }
  [[nodiscard]] bool draining() const { return draining_; }

 private:
  class Grace;
  friend class HttpConnection;
  friend class Exchange;
  void end_grace();
  void bound_silence(int descriptor) const;
  void on_connection(int descriptor, const Endpoint& peer) override;
  void on_accept_failed(int error_number) override { application_.accept_failed(error_number); }
  Task<void> run_connection(int descriptor, std::string peer);
  void link(class HttpConnection& connection);
  void unlink(class HttpConnection& connection);

  Loop& loop_;
  ServerLimits limits_;
  Application& application_;
  std::shared_ptr<const TlsContext> tls_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Grace> grace_;
  bool grace_over_ = false;
  class HttpConnection* first_ = nullptr;
  size_t count_ = 0;
  bool draining_ = false;
};

}  // namespace srasta::net
