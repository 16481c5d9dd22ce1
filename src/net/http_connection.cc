#include "net/http_connection.h"

#include <exception>

namespace srasta::net {
namespace {

constexpr size_t kKeptCapacity = 4096;
constexpr base::Millis kLinger{250};
constexpr size_t kMostLingerBytes = 1 << 20;

Refusal refusal_of(http::HeadFault fault) {
  switch (fault) {
    case http::HeadFault::BadHeader:
      return Refusal::BadHeader;
    case http::HeadFault::BadConnectionOption:
      return Refusal::BadConnectionOption;
    case http::HeadFault::BadHost:
      return Refusal::BadHost;
    case http::HeadFault::BadPath:
      return Refusal::BadPath;
    case http::HeadFault::BadFraming:
      return Refusal::BadFraming;
    case http::HeadFault::UnknownExpectation:
      return Refusal::UnknownExpectation;
    case http::HeadFault::UnsupportedVersion:
      return Refusal::UnsupportedVersion;
    case http::HeadFault::TooLarge:
      return Refusal::HeadTooLarge;
    case http::HeadFault::TooManyFields:
      return Refusal::TooManyFields;
    case http::HeadFault::None:
    case http::HeadFault::BadStatusLine:
    case http::HeadFault::BadRequestLine:
      return Refusal::BadRequestLine;
  }
  return Refusal::BadRequestLine;
}

}  // namespace

HttpConnection::HttpConnection(HttpServer& server, std::string peer)
    : server_(server), peer_(std::move(peer)), scope_(server.loop()) {
  server_.link(*this);
}

HttpConnection::~HttpConnection() {
  server_.unlink(*this);
}

void HttpConnection::close_if_idle(bool spare_new) {
  if (idle_ && (served_ || !spare_new)) scope_.cancel();
}

Task<void> HttpConnection::run(int descriptor) {
  descriptor_ = descriptor;
  const bool open_now = co_await open(descriptor);
  if (!open_now) co_return;
  bool next = true;
  while (next) next = co_await serve_one();
  co_await linger();
}

Task<bool> HttpConnection::open(int descriptor) {
  if (!server_.tls_) {
    stream_ = make_socket_stream(server_.loop(), descriptor);
    co_return true;
  }
  auto stream = co_await accept_tls(server_.tls_, descriptor, scope_,
                                    scope_.within(server_.limits().head_timeout));
  if (stream.ok()) {
    stream_ = *std::move(stream);
    co_return true;
  }
  co_await refuse(stream.error().code == base::Code::NotFound ? Refusal::NoCommonProtocol
                                                              : Refusal::TlsFailed);
  co_return false;
}

/// RFC 9112 section 2.2: at least one empty line before a request line is ignored.
void HttpConnection::skip_one_empty_line() {
  if (buffer_.starts_with("\r\n")) buffer_.erase(0, 2);
}

Task<HttpConnection::HeadState> HttpConnection::read_head(Refusal& refusal) {
  const ServerLimits& limits = server_.limits();
  scanner_.reset();
  started_ = server_.loop().now();
  base::MonoTime deadline =
      scope_.within(buffer_.empty() && served_ ? limits.keepalive_idle : limits.head_timeout);
  bool skipped = false;
  while (true) {
    if (!skipped && buffer_.size() >= 2) {
      skip_one_empty_line();
      skipped = true;
    }
    switch (scanner_.scan(buffer_, limits.head)) {
      case http::HeadScanner::State::Complete:
        co_return HeadState::Complete;
      case http::HeadScanner::State::TooLarge:
        refusal = Refusal::HeadTooLarge;
        co_return HeadState::Refused;
      case http::HeadScanner::State::Bad:
        refusal = scanner_.in_start_line() ? Refusal::BadRequestLine : Refusal::BadHeader;
        co_return HeadState::Refused;
      case http::HeadScanner::State::NeedMore:
        if (scanner_.in_start_line() && !http::may_begin_request(buffer_)) {
          refusal = Refusal::BadRequestLine;
          co_return HeadState::Refused;
        }
        break;
    }
    const std::span<char> scratch =
        server_.loop().scratch().first(limits.head.bytes + kKeptCapacity);
    const Io io = stream_->try_read(scratch);
    if (io.state == IoState::Done) {
      if (buffer_.empty()) {
        started_ = server_.loop().now();
        deadline = scope_.within(limits.head_timeout);
      }
      buffer_.append(scratch.data(), io.size);
      continue;
    }
    if (io.state != IoState::WouldBlock) {
      refusal = Refusal::HeadTruncated;
      co_return buffer_.empty() ? HeadState::Closed : HeadState::Refused;
    }
    idle_ = buffer_.empty();
    if (idle_ && server_.draining() && (served_ || server_.grace_over())) {
      co_return HeadState::Closed;
    }
    if (idle_ && buffer_.capacity() > kKeptCapacity) buffer_.shrink_to_fit();
    const Wake wake = co_await stream_->readable(scope_, deadline);
    idle_ = false;
    if (wake == Wake::Ready) continue;
    refusal = Refusal::HeadTimeout;
    co_return wake == Wake::Timeout && !buffer_.empty() ? HeadState::Refused : HeadState::Closed;
  }
}

void HttpConnection::prepare(Exchange& exchange) {
  exchange.server_ = &server_;
  exchange.stream_ = stream_.get();
  exchange.scope_ = &scope_;
  exchange.buffer_ = &buffer_;
  exchange.attachment_ = &attachment_;
  exchange.refusals_ = &refusals_;
  exchange.descriptor_ = descriptor_;
  exchange.peer_ = peer_;
  exchange.started_ = started_;
}

Task<bool> HttpConnection::serve_one() {
  Refusal refusal = Refusal::BadRequestLine;
  const HeadState state = co_await read_head(refusal);
  if (state == HeadState::Closed) co_return false;
  if (state == HeadState::Refused) {
    co_await refuse(refusal);
    co_return false;
  }
  served_ = true;
  Exchange exchange;
  prepare(exchange);
  exchange.head_text_.assign(buffer_, 0, scanner_.size());
  buffer_.erase(0, scanner_.size());
  const http::HeadFault fault =
      http::parse_request_head(exchange.head_text_, server_.limits().head, exchange.head_);
  exchange.keep_alive_ = fault == http::HeadFault::None && exchange.head_.keep_alive;
  exchange.body_read_ =
      fault == http::HeadFault::None &&
      (exchange.head_.framing == http::Framing::None ||
       (exchange.head_.framing == http::Framing::Length && exchange.head_.length == 0));
  try {
    if (fault == http::HeadFault::None) {
      co_await server_.application_.serve(exchange);
    } else {
      co_await server_.application_.refuse(exchange, refusal_of(fault));
    }
  } catch (...) {
    // A library threw where none is expected to: this connection ends, the others go on.
    exchange.keep_alive_ = false;
  }
  stream_->set_gone_handler(nullptr);
  scope_.set_deadline(base::MonoTime::max());
  co_return exchange.answered_&& exchange.keep_alive_ && !scope_.cancelled();
}

Task<void> HttpConnection::refuse(Refusal refusal) {
  Exchange exchange;
  prepare(exchange);
  if (stream_ == nullptr || refusal == Refusal::HeadTruncated) exchange.answered_ = true;
  co_await server_.application_.refuse(exchange, refusal);
}

/// Closing while unread bytes are in the receive queue sends a reset, which can destroy the answer
/// on its way. So: say goodbye, then read and drop for a short, bounded time.
Task<void> HttpConnection::linger() {
  if (scope_.cancelled()) co_return;
  stream_->shutdown_write();
  const base::MonoTime deadline = scope_.within(kLinger);
  size_t dropped = 0;
  while (dropped < kMostLingerBytes) {
    const Io io = co_await read_some(*stream_, server_.loop().scratch(), scope_, deadline);
    if (io.state != IoState::Done) co_return;
    dropped += io.size;
  }
}

}  // namespace srasta::net
