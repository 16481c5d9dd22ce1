#include "gateway/relay.h"

#include <array>

namespace srasta::gateway {
namespace {

using net::ClientFault;
using net::IoState;
using service::ErrorCode;

/// Of one read of an event stream: what a client that stalls can leave in memory follows from it.
constexpr size_t kStreamRead = size_t{8} << 10;
constexpr base::Seconds kAfterDone{1};
/// To tell a client why we ended its answer.
constexpr base::Millis kLastWords{250};

struct FaultRow {
  ClientFault fault;
  ErrorCode code;
  std::string_view reason;
  bool retryable;
};

constexpr std::array kFaults = {
    FaultRow{ClientFault::Unreachable, ErrorCode::UpstreamUnreachable, "connect", true},
    FaultRow{ClientFault::ConnectTimeout, ErrorCode::UpstreamTimeout, "connect_timeout", true},
    FaultRow{ClientFault::NotAllowed, ErrorCode::NoUpstream, "none_configured", true},
    FaultRow{ClientFault::Reset, ErrorCode::UpstreamError, "reset", false},
    FaultRow{ClientFault::HeadTimeout, ErrorCode::UpstreamTimeout, "first_byte_timeout", false},
    FaultRow{ClientFault::IdleTimeout, ErrorCode::UpstreamTimeout, "idle_timeout", false},
    FaultRow{ClientFault::BadStatusLine, ErrorCode::UpstreamBadResponse, "status_line", false},
    FaultRow{ClientFault::Garbage, ErrorCode::UpstreamBadResponse, "garbage", false},
    FaultRow{ClientFault::BadHead, ErrorCode::UpstreamBadResponse, "head_syntax", false},
    FaultRow{ClientFault::BadFraming, ErrorCode::UpstreamBadResponse, "framing", false},
    FaultRow{ClientFault::HeadTooLarge, ErrorCode::UpstreamBadResponse, "head_too_large", false},
    FaultRow{ClientFault::BadChunk, ErrorCode::UpstreamBadResponse, "chunk", false},
    FaultRow{ClientFault::ShortBody, ErrorCode::UpstreamDied, "upstream_died", false},
};

}  // namespace

std::optional<RelayEnd> end_of_cut(net::Exchange& exchange, const std::optional<Cut>& cut) {
  if (!cut || exchange.client_gone()) return std::nullopt;
  net::Scope& scope = exchange.scope();
  scope.revive(scope.within(kLastWords));
  return RelayEnd{
      .kind = RelayEnd::Kind::Abort, .reason = cut->reason, .code = cut->code, .refused = true};
}

std::optional<RelayEnd> Relay::cut_end() const {
  if (order_.cut == nullptr) return std::nullopt;
  std::optional<RelayEnd> end = end_of_cut(request_.exchange, *order_.cut);
  if (end) end->bytes_out = bytes_out_;
  return end;
}

RelayEnd Relay::fault_end(ClientFault fault, std::string detail) const {
  if (fault == ClientFault::Cancelled) {
    if (auto cut = cut_end()) return *std::move(cut);
    return {.kind = RelayEnd::Kind::Abort, .reason = "client_gone", .bytes_out = bytes_out_};
  }
  RelayEnd end;
  for (const FaultRow& row : kFaults) {
    if (row.fault != fault) continue;
    end.reason = row.reason;
    end.code = row.code;
    end.retryable = row.retryable;
  }
  end.bytes_out = bytes_out_;
  end.detail = std::move(detail);
  return end;
}

RelayEnd Relay::client_end(IoState state) {
  if (auto cut = cut_end()) {
    request_.exchange.abort();
    cut->code.reset();
    cut->usage = tap_.usage();
    return *std::move(cut);
  }
  request_.exchange.abort();
  const bool stalled = state == IoState::Timeout;
  return {.kind = RelayEnd::Kind::Abort,
          .reason = stalled ? "client_stalled" : "client_gone",
          .usage = tap_.usage(),
          .bytes_out = bytes_out_};
}

net::Task<RelayEnd> Relay::run() {
  RelayEnd end = co_await relay();
  end.sent = sent_;
  end.bytes_sent = sent_ ? order_.body.size() : 0;
  co_return end;
}

net::Task<RelayEnd> Relay::relay() {
  upstream_.requests.add();
  net::Scope& scope = request_.exchange.scope();
  scope.set_deadline(scope.within(order_.stream ? timeouts_.stream : timeouts_.total));
  net::HttpClientPool::Acquired acquired = co_await upstream_.pool->acquire(scope);
  if (acquired.fault != ClientFault::None) {
    upstream_.failures.add();
    co_return fault_end(acquired.fault, std::move(acquired.detail));
  }
  Connection& connection = *acquired.connection;
  sent_ = true;
  if (auto failed = co_await send(connection)) {
    upstream_.failures.add();
    co_return *std::move(failed);
  }
  if (auto refused = judge(connection.head())) {
    upstream_.failures.add();
    co_return *std::move(refused);
  }
  if (order_.attempt != nullptr) order_.attempt->answered();
  RelayEnd end = co_await relay_body(connection);
  end.upstream_status = connection.head().status;
  end.text_bytes = is_stream(connection.head()) ? tap_.text_bytes() : end.bytes_out;
  if (end.kind == RelayEnd::Kind::Complete && end.upstream_status >= 400) {
    end.kind = RelayEnd::Kind::Error;
    end.reason = "upstream_4xx";
  }
  // llama.cpp announces keep-alive and closes after a stream all the same; a request that meets
  // that close could not be repeated, so connections that carried a stream are not kept.
  if (!is_stream(connection.head())) upstream_.pool->release(std::move(acquired.connection));
  co_return end;
}

net::Task<std::optional<RelayEnd>> Relay::send(Connection& connection) {
  net::Scope& scope = request_.exchange.scope();
  const std::string head = request_head();
  // The credential is sent from where it is: a copy in the head would stay in freed memory.
  std::vector<std::string_view> parts = {head, upstream_.spec.credential(), "\r\n"};
  parts.insert(parts.end(), order_.body.parts().begin(), order_.body.parts().end());
  ClientFault fault = co_await connection.send(parts, scope, timeouts_.idle);
  // The server's time begins when it has the request, however long a body took.
  const base::MonoTime first_byte = scope.within(timeouts_.first_byte);
  // A server that answers before it has read everything may have closed its side already.
  if (fault == ClientFault::None || fault == ClientFault::Reset) {
    const ClientFault sending = fault;
    fault = co_await connection.read_head(scope, first_byte);
    if (sending != ClientFault::None && fault != ClientFault::None) fault = sending;
  }
  if (fault == ClientFault::None) co_return std::nullopt;
  co_return fault_end(fault, std::string(to_string(fault)));
}

net::Task<RelayEnd> Relay::relay_body(Connection& connection) {
  const bool events = is_stream(connection.head());
  const bool translated = is_translated();
  if (translated && (!events || connection.head().status >= 400)) {
    co_return co_await relay_translated(connection);
  }
  if (!events) co_return co_await relay_plain(connection);
  if (translated) translator_ = dialects::stream_translator(order_.way, asked());
  if (translated && !translator_) {
    co_return RelayEnd{.kind = RelayEnd::Kind::Error,
                       .reason = "garbage",
                       .code = ErrorCode::UpstreamBadResponse,
                       .detail = "a stream where there is none"};
  }
  const bool begun = co_await begin(connection, events);
  if (!begun) co_return client_end(IoState::Failed);
  co_return co_await relay_runs(connection, events);
}

/// An answer that is whole with its first bytes leaves in one packet with its head; a server that
/// fails before any byte costs the client a proper error instead of a cut answer.
net::Task<RelayEnd> Relay::relay_plain(Connection& connection) {
  const auto run = co_await connection.read_body(request_.exchange.scope(), timeouts_.idle);
  if (run.fault != ClientFault::None) {
    co_return fault_end(connection.cut_in_chunks(run.fault) ? ClientFault::BadChunk : run.fault,
                        {});
  }
  std::string first;
  for (const std::string_view piece : connection.pieces()) first.append(piece);
  const std::string_view part = first;
  bytes_out_ = first.size();
  if (run.done) {
    const bool sent = co_await request_.exchange.respond(connection.head().status,
                                                         answer_fields(connection.head()), first);
    if (!sent) co_return client_end(IoState::Failed);
    co_return complete(inference::find_usage(first), connection);
  }
  usage_.feed(first);
  const bool begun = co_await begin(connection, false);
  if (!begun) co_return client_end(IoState::Failed);
  const IoState state = co_await request_.exchange.write(std::span(&part, 1));
  if (state != IoState::Done) co_return client_end(state);
  co_return co_await relay_runs(connection, false);
}

net::Task<bool> Relay::begin(Connection& connection, bool events) {
  const http::ResponseHead& head = connection.head();
  const std::string fields = answer_fields(head);
  if (!events && head.framing == http::Framing::Length) {
    co_return co_await request_.exchange.begin_sized(head.status, fields, head.length);
  }
  co_return co_await request_.exchange.begin_stream(head.status, fields);
}

net::Task<RelayEnd> Relay::relay_runs(Connection& connection, bool events) {
  net::Scope& scope = request_.exchange.scope();
  while (true) {
    const base::Micros idle = tap_.done() ? base::Micros(kAfterDone) : base::Micros(timeouts_.idle);
    const auto run =
        co_await connection.read_body(scope, idle, events ? kStreamRead : Connection::kMostRead);
    const IoState state = co_await forward(connection.pieces(), events);
    if (state != IoState::Done) co_return client_end(state);
    if (is_over_budget()) co_return co_await end_at_budget();
    if (auto end = co_await end_of_translation(connection)) co_return *std::move(end);
    if (run.done || (run.fault != ClientFault::None && tap_.done())) {
      co_return co_await end_stream(connection, events);
    }
    if (run.fault != ClientFault::None) {
      co_return co_await break_stream(connection, run.fault, events);
    }
  }
}

net::Task<IoState> Relay::forward(std::span<const std::string_view> pieces, bool events) {
  // A client that stalls keeps only what is left in memory, not also what it was made from.
  std::string rest;
  const IoState state = forward_now(pieces, events, rest);
  if (state != IoState::Done || rest.empty()) co_return state;
  co_return co_await request_.exchange.write_rest(rest);
}

IoState Relay::forward_now(std::span<const std::string_view> pieces, bool events,
                           std::string& rest) {
  if (!events) {
    for (const std::string_view piece : pieces) {
      usage_.feed(piece);
      bytes_out_ += piece.size();
    }
    return request_.exchange.write_now(pieces, rest);
  }
  if (pieces.empty()) return IoState::Done;
  if (order_.pace != nullptr) order_.pace->arrived(request_.exchange.loop().now());
  // The tap's views live until its next call, so several pieces are joined first.
  std::string joined;
  if (pieces.size() > 1) {
    for (const std::string_view piece : pieces) joined.append(piece);
  }
  const std::string_view bytes = pieces.size() > 1 ? std::string_view(joined) : pieces.front();
  const auto& parts = tap_.feed(bytes);
  if (translator_) {
    const std::string translated = translator_->feed(bytes);
    bytes_out_ += translated.size();
    if (translated.empty()) return IoState::Done;
    const std::string_view part = translated;
    return request_.exchange.write_now(std::span(&part, 1), rest);
  }
  for (const std::string_view part : parts) bytes_out_ += part.size();
  return request_.exchange.write_now(parts, rest);
}

RelayEnd Relay::complete(std::optional<inference::Usage> usage,
                         const Connection& connection) const {
  return {.kind = RelayEnd::Kind::Complete,
          .reason = connection.sent_extra_bytes() ? "extra_bytes" : "",
          .usage = usage,
          .bytes_out = bytes_out_};
}

net::Task<RelayEnd> Relay::end_stream(Connection& connection, bool events) {
  tap_.finish();
  const std::string last = translator_ ? translator_->finish() : "";
  const std::string_view rest = translator_ ? std::string_view(last) : tap_.rest();
  bytes_out_ += rest.size();
  const IoState state = co_await request_.exchange.write(std::span(&rest, 1));
  if (state != IoState::Done) co_return client_end(state);
  if (translator_ && translator_->state() == dialects::StreamTranslator::State::Running) {
    // The engine closed its stream before its answer was whole.
    co_return co_await break_stream(connection, ClientFault::ShortBody, events);
  }
  if (translator_ && translator_->state() == dialects::StreamTranslator::State::Broken) {
    co_return co_await end_broken();
  }
  const bool finished = co_await request_.exchange.finish();
  if (!finished) co_return client_end(IoState::Failed);
  RelayEnd end = complete(events ? tap_.usage() : usage_.usage(), connection);
  const bool told =
      translator_ && translator_->state() == dialects::StreamTranslator::State::Failed;
  if (tap_.saw_error() || told) {
    end.kind = RelayEnd::Kind::Error;
    end.reason = "in_stream_error";
  }
  co_return end;
}

/// The server failed after bytes were relayed: an event stream gets one error event, any other
/// answer is cut so that the client can tell.
net::Task<RelayEnd> Relay::break_stream(Connection& connection, ClientFault fault, bool events) {
  RelayEnd end = fault_end(fault, {});
  end.usage = tap_.usage();
  if (end.kind == RelayEnd::Kind::Abort && !end.code) {
    request_.exchange.abort();
    co_return end;
  }
  if (!events) {
    request_.exchange.abort();
    end.code.reset();
    if (fault == ClientFault::ShortBody) {
      end.reason = connection.cut_in_chunks(fault) ? "chunk" : "short_body";
    }
    co_return end;
  }
  const bool timed_out = fault == ClientFault::IdleTimeout;
  const ErrorCode died = timed_out ? ErrorCode::UpstreamTimeout : ErrorCode::UpstreamDied;
  const ErrorCode code = end.kind == RelayEnd::Kind::Abort ? *end.code : died;
  co_return co_await say_last(std::move(end), code);
}

/// The engine went on past what the request may cost.
net::Task<RelayEnd> Relay::end_at_budget() {
  return say_last({.kind = RelayEnd::Kind::Abort,
                   .reason = "budget_cap",
                   .refused = true,
                   .usage = tap_.usage(),
                   .bytes_out = bytes_out_},
                  ErrorCode::BudgetExhausted);
}

/// The engine left its protocol, so there is nothing left to translate.
net::Task<RelayEnd> Relay::end_broken() {
  return say_last({.kind = RelayEnd::Kind::Error,
                   .reason = "garbage",
                   .usage = tap_.usage(),
                   .bytes_out = bytes_out_},
                  ErrorCode::UpstreamBadResponse);
}

net::Task<std::optional<RelayEnd>> Relay::end_of_translation(Connection& connection) {
  using State = dialects::StreamTranslator::State;
  const State state = translator_ ? translator_->state() : State::Running;
  if (state == State::Broken) co_return co_await end_broken();
  if (state == State::Failed) co_return co_await end_stream(connection, true);
  co_return std::nullopt;
}

/// Ends an event stream with an event that says why.
net::Task<RelayEnd> Relay::say_last(RelayEnd end, ErrorCode code) {
  // A translated stream consists of whole events.
  const std::string_view held = translator_ ? std::string_view() : tap_.rest();
  const bool mid_line = !tap_.at_event_end() || !held.empty();
  const dialects::Failure failure = service::failure_of(request_, code);
  const std::string event = translator_
                                ? translator_->failure(failure)
                                : dialects::error_event(order_.way.client, failure, mid_line);
  const std::array<std::string_view, 2> parts = {held, event};
  request_.exchange.close_after();
  const IoState state = co_await request_.exchange.write(parts);
  if (state == IoState::Done)
    (void)co_await request_.exchange.finish();
  else
    request_.exchange.abort();
  end.code.reset();
  co_return end;
}

}  // namespace srasta::gateway
