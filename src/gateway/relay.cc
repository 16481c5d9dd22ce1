#include "gateway/relay.h"

#include "base/encoding.h"
#include "http/trace_context.h"
#include "http/writer.h"

#include <algorithm>
#include <array>

namespace srasta::gateway {
namespace {

using net::ClientFault;
using net::IoState;
using service::ErrorCode;

/// Of one read of an event stream: what a client that stalls can leave in memory follows from it.
constexpr size_t kStreamRead = size_t{8} << 10;
constexpr size_t kLongestTraceState = 2048;
constexpr base::Seconds kAfterDone{1};
/// To tell a client why we ended its answer.
constexpr base::Millis kLastWords{250};

/// What of a client's head a server may see (specs/gateway.md, "The relay").
constexpr std::array<std::string_view, 4> kForwarded = {"content-type", "accept", "idempotency-key",
                                                        "openai-beta"};
constexpr std::array<std::string_view, 1> kForwardedFamilies = {"anthropic-"};

/// What of a server's head a client may see.
constexpr std::array<std::string_view, 2> kReturned = {"content-type", "retry-after-ms"};
constexpr std::array<std::string_view, 3> kReturnedFamilies = {"openai-", "x-ratelimit-",
                                                               "anthropic-ratelimit-"};

template <size_t N, size_t M>
bool is_listed(std::string_view name, const std::array<std::string_view, N>& names,
               const std::array<std::string_view, M>& families) {
  const auto is_name = [&](std::string_view one) { return base::equal_ignoring_case(name, one); };
  const auto is_of_family = [&](std::string_view family) {
    return base::equal_ignoring_case(name.substr(0, family.size()), family);
  };
  return std::ranges::any_of(names, is_name) || std::ranges::any_of(families, is_of_family);
}

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

bool is_event_stream(const http::ResponseHead& head) {
  const std::string_view type = head.fields.find("content-type").value_or("");
  return base::equal_ignoring_case(type.substr(0, type.find_first_of("; ")), "text/event-stream");
}

/// Whole seconds, as most servers say it; dates are left out.
std::string retry_after_of(const http::ResponseHead& head) {
  const auto value = base::parse_u64(head.fields.find("retry-after").value_or(""));
  return value && *value <= 86'400 ? std::to_string(*value) : "";
}

RelayEnd error_end(ErrorCode code, std::string_view reason, int status) {
  return {.kind = RelayEnd::Kind::Error, .reason = reason, .code = code, .upstream_status = status};
}

}  // namespace

std::optional<RelayEnd> Relay::cut_end() const {
  if (order_.cut == nullptr || !*order_.cut || request_.exchange.client_gone()) return std::nullopt;
  net::Scope& scope = request_.exchange.scope();
  scope.revive(scope.within(kLastWords));
  const Cut& cut = **order_.cut;
  return RelayEnd{.kind = RelayEnd::Kind::Abort,
                  .reason = cut.reason,
                  .code = cut.code,
                  .refused = true,
                  .bytes_out = bytes_out_};
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
  upstream_.requests.add();
  net::Scope& scope = request_.exchange.scope();
  scope.set_deadline(scope.within(order_.stream ? timeouts_.stream : timeouts_.total));
  net::HttpClientPool::Acquired acquired = co_await upstream_.pool->acquire(scope);
  if (acquired.fault != ClientFault::None) {
    upstream_.failures.add();
    co_return fault_end(acquired.fault, std::move(acquired.detail));
  }
  Connection& connection = *acquired.connection;
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
  end.text_bytes = is_event_stream(connection.head()) ? tap_.text_bytes() : end.bytes_out;
  if (end.kind == RelayEnd::Kind::Complete && end.upstream_status >= 400) {
    end.kind = RelayEnd::Kind::Error;
    end.reason = "upstream_4xx";
  }
  // llama.cpp announces keep-alive and closes after a stream all the same; a request that meets
  // that close could not be repeated, so connections that carried a stream are not kept.
  if (!is_event_stream(connection.head())) upstream_.pool->release(std::move(acquired.connection));
  co_return end;
}

std::string Relay::request_head() const {
  http::HeadWriter head =
      http::HeadWriter::request("POST", upstream_.spec.url.path + std::string(order_.path));
  head.field("Host", upstream_.spec.url.authority());
  const http::Fields& fields = request_.exchange.head().fields;
  for (const http::Field& field : fields) {
    if (is_listed(field.name, kForwarded, kForwardedFamilies)) head.field(field.name, field.value);
  }
  const auto parent = http::find_trace_parent(fields);
  const std::string_view own = order_.trace_parent;
  const std::string_view told = own.empty() ? parent.value_or("") : own;
  if (!told.empty()) head.field("traceparent", told);
  if (parent) {
    const auto state = fields.find("tracestate");
    if (state && state->size() <= kLongestTraceState) head.field("tracestate", *state);
  }
  head.field("Accept-Encoding", "identity");
  head.field("User-Agent", "srasta");
  head.field("Content-Length", order_.body.size());
  return head.unfinished();
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

/// Answers that are not relayed, and what the client hears instead.
std::optional<RelayEnd> Relay::judge(const http::ResponseHead& head) const {
  const int status = head.status;
  if (status == 101 || (status >= 300 && status < 400)) {
    return error_end(ErrorCode::UpstreamBadResponse, status == 101 ? "status_line" : "redirect",
                     status);
  }
  // Seen by the client, these would look like a failure of its own credential.
  if (status == 401 || status == 403)
    return error_end(ErrorCode::UpstreamError, "upstream_auth", status);
  if (status == 429 || status == 503) {
    RelayEnd end =
        error_end(status == 429 ? ErrorCode::UpstreamRateLimited : ErrorCode::UpstreamOverloaded,
                  status == 429 ? "upstream_429" : "upstream_5xx", status);
    end.retryable = true;
    end.retry_after = retry_after_of(head);
    return end;
  }
  if (status >= 500) return error_end(ErrorCode::UpstreamError, "upstream_5xx", status);
  const auto encoding = head.fields.find("content-encoding");
  if (encoding && !base::equal_ignoring_case(*encoding, "identity")) {
    return error_end(ErrorCode::UpstreamBadResponse, "encoding", status);
  }
  return std::nullopt;
}

std::string Relay::answer_fields(const http::ResponseHead& head) const {
  std::string fields = request_.common_fields();
  // Ours say what is left of the caller's own limits; the engine's would contradict them.
  const bool hides_limits = !request_.limit_fields.empty();
  for (const http::Field& field : head.fields) {
    if (!is_listed(field.name, kReturned, kReturnedFamilies)) continue;
    if (hides_limits && base::equal_ignoring_case(field.name.substr(0, 12), "x-ratelimit-"))
      continue;
    fields.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (is_event_stream(head)) fields += "Cache-Control: no-cache\r\nX-Accel-Buffering: no\r\n";
  return fields;
}

net::Task<RelayEnd> Relay::relay_body(Connection& connection) {
  const bool events = is_event_stream(connection.head());
  if (!events) co_return co_await relay_plain(connection);
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
  const auto& parts = tap_.feed(pieces.size() > 1 ? std::string_view(joined) : pieces.front());
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
  const std::string_view rest = tap_.rest();
  bytes_out_ += rest.size();
  const IoState state = co_await request_.exchange.write(std::span(&rest, 1));
  if (state != IoState::Done) co_return client_end(state);
  const bool finished = co_await request_.exchange.finish();
  if (!finished) co_return client_end(IoState::Failed);
  RelayEnd end = complete(events ? tap_.usage() : usage_.usage(), connection);
  if (tap_.saw_error()) {
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

/// Ends an event stream with an event that says why.
net::Task<RelayEnd> Relay::say_last(RelayEnd end, ErrorCode code) {
  const std::string_view held = tap_.rest();
  const bool mid_line = !tap_.at_event_end() || !held.empty();
  const std::string event = dialects::error_event(service::failure_of(request_, code), mid_line);
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
