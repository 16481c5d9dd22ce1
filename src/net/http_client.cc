#include "net/http_client.h"

#include "base/check.h"
#include "http/writer.h"
#include "net/dial.h"
#include "net/socket.h"

#include <algorithm>
#include <array>

namespace srasta::net {
namespace {

const http::HeadLimits kHeadLimits;
/// What a read for a head may bring along of the body stays in memory with the head.
constexpr size_t kHeadRead = 4096;
/// Interim answers (1xx) before the real one.
constexpr int kMostInterim = 16;
constexpr base::Seconds kSimpleIdle{5};

ClientFault fault_before_head(IoState state) {
  switch (state) {
    case IoState::Timeout:
      return ClientFault::HeadTimeout;
    case IoState::Cancelled:
      return ClientFault::Cancelled;
    default:
      return ClientFault::Reset;
  }
}

ClientFault fault_in_body(IoState state) {
  switch (state) {
    case IoState::Timeout:
      return ClientFault::IdleTimeout;
    case IoState::Cancelled:
      return ClientFault::Cancelled;
    default:
      return ClientFault::ShortBody;
  }
}

ClientFault fault_of_dial(base::Code code) {
  switch (code) {
    case base::Code::Cancelled:
      return ClientFault::Cancelled;
    case base::Code::Timeout:
      return ClientFault::ConnectTimeout;
    case base::Code::Denied:
      return ClientFault::NotAllowed;
    default:
      return ClientFault::Unreachable;
  }
}

}  // namespace

std::string_view to_string(ClientFault fault) {
  switch (fault) {
    case ClientFault::None:
      return "none";
    case ClientFault::Unreachable:
      return "unreachable";
    case ClientFault::ConnectTimeout:
      return "connect_timeout";
    case ClientFault::Reset:
      return "reset";
    case ClientFault::HeadTimeout:
      return "first_byte_timeout";
    case ClientFault::Garbage:
      return "garbage";
    case ClientFault::BadStatusLine:
      return "status_line";
    case ClientFault::BadHead:
      return "bad_head";
    case ClientFault::BadFraming:
      return "framing";
    case ClientFault::HeadTooLarge:
      return "head_too_large";
    case ClientFault::BadChunk:
      return "chunk";
    case ClientFault::ShortBody:
      return "short_body";
    case ClientFault::IdleTimeout:
      return "idle_timeout";
    case ClientFault::Cancelled:
      return "cancelled";
    case ClientFault::NotAllowed:
      return "not_allowed";
  }
  return "none";
}

Task<ClientFault> HttpClientConnection::send(std::span<const std::string_view> parts, Scope& scope,
                                             base::Micros idle) {
  buffer_.clear();
  scanner_.reset();
  chunks_ = {};
  started_body_ = false;
  reusable_ = false;
  extra_bytes_ = false;
  co_await SendTurn(scope.loop());
  const IoState state = co_await write_all_kept(*stream_, parts, scope, idle);
  co_return state == IoState::Done ? ClientFault::None : fault_before_head(state);
}

Task<ClientFault> HttpClientConnection::send_more(std::span<const std::string_view> parts,
                                                  Scope& scope, base::Micros idle) {
  const IoState state = co_await write_all_kept(*stream_, parts, scope, idle);
  co_return state == IoState::Done ? ClientFault::None : fault_before_head(state);
}

Task<ClientFault> HttpClientConnection::read_head(Scope& scope, base::MonoTime deadline) {
  int interim = 0;
  while (true) {
    if (scope.cancelled()) co_return ClientFault::Cancelled;
    if (scope.loop().now() >= deadline) co_return ClientFault::HeadTimeout;
    switch (scanner_.scan(buffer_, kHeadLimits)) {
      case http::HeadScanner::State::Complete: {
        const ClientFault fault = parse_head();
        if (fault != ClientFault::None || head_.status >= 200 || head_.status == 101)
          co_return fault;
        if (++interim > kMostInterim) co_return ClientFault::HeadTooLarge;
        buffer_.erase(0, scanner_.size());
        scanner_.reset();
        continue;
      }
      case http::HeadScanner::State::Bad:
        co_return buffer_.starts_with("HTTP/1.") ? ClientFault::BadHead : ClientFault::Garbage;
      case http::HeadScanner::State::TooLarge:
        co_return ClientFault::HeadTooLarge;
      case http::HeadScanner::State::NeedMore:
        break;
    }
    const Io io = stream_->try_read(scope.loop().scratch().first(kHeadRead));
    if (io.state == IoState::Done) {
      buffer_.append(scope.loop().scratch().data(), io.size);
      if (buffer_.size() >= 5 && !buffer_.starts_with("HTTP/")) co_return ClientFault::Garbage;
      if (turn_.over()) co_await Yield(scope.loop());
      continue;
    }
    if (io.state != IoState::WouldBlock) co_return fault_before_head(io.state);
    const Wake wake = co_await stream_->readable(scope, deadline);
    if (wake != Wake::Ready) co_return fault_before_head(state_of(wake));
  }
}

ClientFault HttpClientConnection::parse_head() {
  body_start_ = scanner_.size();
  const std::string_view head = std::string_view(buffer_).substr(0, body_start_);
  switch (http::parse_response_head(head, kHeadLimits, false, head_)) {
    case http::HeadFault::None:
      break;
    case http::HeadFault::BadStatusLine:
      return head.starts_with("HTTP/1.") ? ClientFault::BadStatusLine : ClientFault::Garbage;
    case http::HeadFault::BadFraming:
      return ClientFault::BadFraming;
    case http::HeadFault::TooManyFields:
      return ClientFault::HeadTooLarge;
    default:
      return ClientFault::BadHead;
  }
  left_ = head_.length;
  return ClientFault::None;
}

Task<HttpClientConnection::BodyRun> HttpClientConnection::read_body(Scope& scope, base::Micros idle,
                                                                    size_t most) {
  pieces_.clear();
  BodyRun run;
  if (!started_body_) {
    started_body_ = true;
    const std::string_view first = std::string_view(buffer_).substr(body_start_);
    if (take_body(first, run)) co_return run;
  }
  while (true) {
    if (turn_.over()) co_await Yield(scope.loop());
    if (scope.cancelled()) {
      run.fault = ClientFault::Cancelled;
      co_return run;
    }
    const std::span<char> scratch = scope.loop().scratch().first(most);
    const Io io = stream_->try_read(scratch);
    if (io.state == IoState::Done) {
      if (take_body({scratch.data(), io.size}, run)) co_return run;
      continue;
    }
    if (io.state == IoState::Closed && head_.framing == http::Framing::UntilClose) {
      run.done = true;
      co_return run;
    }
    if (io.state != IoState::WouldBlock) {
      run.fault = fault_in_body(io.state);
      co_return run;
    }
    const Wake wake = co_await stream_->readable(scope, scope.within(idle));
    if (wake != Wake::Ready) {
      run.fault = fault_in_body(state_of(wake));
      co_return run;
    }
  }
}

/// True when there is something to report: bytes, the end, or a fault.
bool HttpClientConnection::take_body(std::string_view bytes, BodyRun& run) {
  switch (head_.framing) {
    case http::Framing::None:
      run.done = true;
      finish(bytes);
      return true;
    case http::Framing::Length: {
      const size_t take = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
      if (take > 0) pieces_.push_back(bytes.substr(0, take));
      left_ -= take;
      run.done = left_ == 0;
      if (run.done) finish(bytes.substr(take));
      return run.done || take > 0;
    }
    case http::Framing::Chunked:
      take_chunks(bytes, run);
      break;
    case http::Framing::UntilClose:
      if (!bytes.empty()) pieces_.push_back(bytes);
      break;
  }
  return run.done || run.fault != ClientFault::None || !pieces_.empty();
}

void HttpClientConnection::take_chunks(std::string_view bytes, BodyRun& run) {
  while (!bytes.empty() && !chunks_.done()) {
    const http::ChunkedDecoder::Step step = chunks_.next(bytes);
    if (chunks_.fault() != http::ChunkFault::None) {
      run.fault = ClientFault::BadChunk;
      return;
    }
    if (!step.data.empty()) pieces_.push_back(step.data);
    bytes.remove_prefix(step.consumed);
  }
  run.done = chunks_.done();
  if (run.done) finish(bytes);
}

void HttpClientConnection::finish(std::string_view rest) {
  // A server that sends more than it announced cannot be trusted with another exchange.
  reusable_ = head_.keep_alive && rest.empty();
  extra_bytes_ = !rest.empty() && head_.framing == http::Framing::Length;
}

/// A connection at rest: it goes when its time is over or the server says or closes anything.
class HttpClientPool::Idle final : public Timer, public Stream::GoneHandler {
 public:
  Idle(HttpClientPool& pool, std::unique_ptr<HttpClientConnection> connection)
      : pool_(pool), connection_(std::move(connection)) {
    connection_->stream().set_gone_handler(this);
  }
  std::unique_ptr<HttpClientConnection> take() {
    if (connection_) connection_->stream().set_gone_handler(nullptr);
    return std::move(connection_);
  }
  void on_peer_gone() override { pool_.drop(*this); }

 private:
  void on_timeout() override { pool_.drop(*this); }
  HttpClientPool& pool_;
  std::unique_ptr<HttpClientConnection> connection_;
};

HttpClientPool::HttpClientPool(Loop& loop, BlockingPool& blocking, Settings settings)
    : loop_(loop), blocking_(blocking), settings_(std::move(settings)) {}

HttpClientPool::~HttpClientPool() = default;

void HttpClientPool::drop(Idle& idle) {
  const auto found =
      std::ranges::find_if(idle_, [&](const auto& each) { return each.get() == &idle; });
  if (found == idle_.end()) return;
  // The stream may be reporting right now: it is destroyed after the events at hand.
  dropped_.push_back(std::move(*found));
  idle_.erase(found);
  loop_.post([this] { dropped_.clear(); });
}

void HttpClientPool::set_local_only(bool local_only) {
  if (local_only && !settings_.local_only) {
    while (!idle_.empty()) drop(*idle_.back());
  }
  settings_.local_only = local_only;
}

Task<HttpClientPool::Acquired> HttpClientPool::acquire(Scope& scope, bool allow_pooled) {
  if (allow_pooled && !idle_.empty()) {
    Acquired acquired;
    acquired.connection = idle_.back()->take();
    idle_.pop_back();
    co_return acquired;
  }
  co_return co_await connect(scope);
}

Task<HttpClientPool::Acquired> HttpClientPool::connect(Scope& scope) {
  Acquired acquired;
  acquired.fresh = true;
  auto stream = co_await open_stream(scope);
  if (stream) {
    acquired.connection = std::make_unique<HttpClientConnection>(*std::move(stream));
    co_return acquired;
  }
  acquired.fault = fault_of_dial(stream.error().code);
  acquired.detail = std::move(stream).error().detail;
  co_return acquired;
}

Task<base::Result<std::unique_ptr<Stream>>> HttpClientPool::open_stream(Scope& scope) {
  if (!settings_.unix_path.empty()) {
    co_return co_await connect_socket(*unix_endpoint(settings_.unix_path), scope,
                                      settings_.connect_timeout);
  }
  SRASTA_CHECK(!settings_.url.tls || settings_.tls, "https is never spoken in the clear");
  Peer peer{.host = settings_.url.host,
            .port = settings_.url.port,
            .tls = settings_.url.tls ? settings_.tls : nullptr,
            .within = settings_.connect_timeout,
            .local_only = settings_.local_only};
  co_return co_await dial(blocking_, std::move(peer), scope);
}

void HttpClientPool::release(std::unique_ptr<HttpClientConnection> connection) {
  if (!connection || !connection->reusable() || idle_.size() >= settings_.most_idle) return;
  idle_.push_back(std::make_unique<Idle>(*this, std::move(connection)));
  loop_.timers().arm(*idle_.back(), loop_.now() + settings_.idle_for);
}

Task<SimpleAnswer> http_exchange(HttpClientPool& pool, SimpleRequest request, size_t limit,
                                 Scope& scope) {
  SimpleAnswer answer;
  HttpClientPool::Acquired acquired = co_await pool.acquire(scope, false);
  if (acquired.fault != ClientFault::None) {
    answer.fault = acquired.fault;
    answer.detail = std::move(acquired.detail);
    co_return answer;
  }
  HttpClientConnection& connection = *acquired.connection;
  http::HeadWriter head = http::HeadWriter::request(request.method, request.path);
  head.field("Host", pool.settings().url.authority());
  head.field("Accept", "application/json");
  head.field("Connection", "close");
  if (!request.body.empty()) head.field("Content-Length", request.body.size());
  const std::string text = head.unfinished();
  const std::array<std::string_view, 5> parts = {text, request.fields, request.secret_fields,
                                                 "\r\n", request.body};
  answer.fault = co_await connection.send(parts, scope, kSimpleIdle);
  if (answer.fault == ClientFault::None) {
    answer.fault = co_await connection.read_head(scope, scope.deadline());
  }
  if (answer.fault != ClientFault::None) co_return answer;
  answer.status = connection.head().status;
  answer.content_type = connection.head().fields.find("content-type").value_or("");
  answer.cache_control = connection.head().fields.find("cache-control").value_or("");
  answer.location = connection.head().fields.find("location").value_or("");
  answer.retry_after = connection.head().fields.find("retry-after").value_or("");
  answer.error_code = connection.head().fields.find("x-srasta-error").value_or("");
  while (true) {
    const auto run = co_await connection.read_body(scope, scope.deadline() - pool.loop().now());
    for (const std::string_view piece : connection.pieces()) answer.body += piece;
    answer.fault = answer.body.size() > limit ? ClientFault::BadFraming : run.fault;
    if (run.done || answer.fault != ClientFault::None) co_return answer;
  }
}

}  // namespace srasta::net
