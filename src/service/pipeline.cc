#include "service/pipeline.h"

#include "access/decision.h"
#include "base/encoding.h"
#include "http/path.h"
#include "service/body_refusal.h"
#include "service/forwarded_gate.h"

#include <array>
#include <utility>

namespace srasta::service {
namespace {

using audit::Act;

struct RefusalRow {
  net::Refusal refusal;
  ErrorCode code;
  std::string_view reason;
};

constexpr std::array kRefusals = {
    RefusalRow{net::Refusal::BadRequestLine, ErrorCode::BadRequestLine, "head_syntax"},
    RefusalRow{net::Refusal::BadHeader, ErrorCode::BadHeader, "head_syntax"},
    RefusalRow{net::Refusal::BadConnectionOption, ErrorCode::BadHeader, "connection_option"},
    RefusalRow{net::Refusal::BadHost, ErrorCode::BadHost, "host"},
    RefusalRow{net::Refusal::BadPath, ErrorCode::BadPath, "path"},
    RefusalRow{net::Refusal::BadFraming, ErrorCode::BadFraming, "framing"},
    RefusalRow{net::Refusal::UnknownExpectation, ErrorCode::ExpectationFailed, "expect"},
    RefusalRow{net::Refusal::UnsupportedVersion, ErrorCode::HttpVersionUnsupported, "version"},
    RefusalRow{net::Refusal::HeadTooLarge, ErrorCode::HeadTooLarge, "head_too_large"},
    RefusalRow{net::Refusal::TooManyFields, ErrorCode::TooManyHeaders, "head_too_large"},
    RefusalRow{net::Refusal::HeadTimeout, ErrorCode::RequestTimeout, "head_timeout"},
    RefusalRow{net::Refusal::HeadTruncated, ErrorCode::BadRequestLine, "head_truncated"},
    RefusalRow{net::Refusal::Overloaded, ErrorCode::Overloaded, "streams"},
    RefusalRow{net::Refusal::TlsFailed, ErrorCode::BadRequestLine, "tls"},
    RefusalRow{net::Refusal::NoCommonProtocol, ErrorCode::BadRequestLine, "alpn"},
};

/// Of the signed body of a request whose route takes none: it is compared and has no other use.
constexpr size_t kUnusedBody = size_t{64} << 10;

/// Of a page: a password and the address to return to are all that it can have.
constexpr size_t kLargestForm = size_t{16} << 10;

/// In a row, on one connection.
constexpr unsigned kMostRefusals = 1000;

/// Errors of unknown paths, too, come in the envelope that clients of that prefix understand.
dialects::Dialect dialect_of(std::string_view path) {
  if (path == "/v1/messages" || path.starts_with("/v1/messages/")) {
    return dialects::Dialect::Anthropic;
  }
  if (path.starts_with("/api/")) return dialects::Dialect::Ollama;
  return path.starts_with("/v1/") ? dialects::Dialect::OpenAi : dialects::Dialect::Problem;
}

/// Whether Connection names a field of the platform: a hop behind this one would see an incomplete
/// set.
bool ends_platform_field(const http::Fields& fields) {
  bool found = false;
  for (const http::Field& field : fields) {
    if (!base::equal_ignoring_case(field.name, "connection")) continue;
    http::for_each_element(field.value, [&](std::string_view option) {
      found = found || identity::is_platform_header(option);
    });
  }
  return found;
}

constexpr std::string_view kReceiptField = "Srasta-Receipt";

ReceiptWish wish_of(const Request& request) {
  const auto value = request.exchange.head().fields.find(kReceiptField);
  if (!value) return ReceiptWish::None;
  return *value == "wait" ? ReceiptWish::Wait : ReceiptWish::Unknown;
}

bool is_of_type(std::string_view content_type, std::string_view wanted) {
  const std::string_view type = content_type.substr(0, content_type.find_first_of("; \t"));
  return base::equal_ignoring_case(type, wanted);
}

access::Decision decide(const Access& wanted, const access::Caller& caller) {
  const auto permission = wanted.permission();
  if (!permission) {
    const auto verdict = wanted.is_public() ? access::Verdict::Deny : access::Verdict::Allow;
    return {.verdict = verdict};
  }
  const access::Decision decision = access::decide(caller, *permission);
  const auto other = wanted.alternative();
  if (decision.allowed() || !other || !caller.permissions().contains(*other)) return decision;
  return access::decide(caller, *other);
}

class CountGuard {
 public:
  CountGuard(int64_t& count, base::Gauge& gauge) : count_(count), gauge_(gauge) {
    ++count_;
    gauge_.add(1);
  }
  CountGuard(const CountGuard&) = delete;
  CountGuard& operator=(const CountGuard&) = delete;
  ~CountGuard() {
    --count_;
    gauge_.add(-1);
  }

 private:
  int64_t& count_;
  base::Gauge& gauge_;
};

}  // namespace

void Pipeline::accept_failed(int error_number) {
  if (!parts_.accept_failures.pass(parts_.clock.mono())) return;
  const std::string reason = base::errno_error("accept", error_number).message;
  parts_.log.warn("connections cannot be accepted", {{"reason", std::string_view(reason)}});
}

Request Pipeline::request_of(net::Exchange& exchange) {
  return {.exchange = exchange,
          .id = base::RequestId(parts_.ids.next()),
          .path_parameter = {},
          .client = parts_.sources.client_of(exchange),
          .body = {},
          .resource_metadata = parts_.resource_metadata};
}

net::Task<void> Pipeline::refuse(net::Exchange& exchange, net::Refusal refusal) {
  Request request = request_of(exchange);
  exchange.close_after();
  for (const RefusalRow& row : kRefusals) {
    if (row.refusal != refusal) continue;
    co_await stop(request, {row.code, Act::HttpReject, row.reason, {}, {}}, nullptr);
  }
  finish(request);
}

net::Task<void> Pipeline::serve(net::Exchange& exchange) {
  Request request = request_of(exchange);
  if (settings_.is_edge) {
    request.stripped = exchange.remove_fields(identity::is_platform_header);
  }
  co_await pass_gates(request);
  note_stripped(request, nullptr);
  finish(request);
}

net::Task<void> Pipeline::pass_gates(Request& request) {
  const BoundRoute* route = nullptr;
  if (auto refused = find_route(request, route)) {
    co_await stop(request, *std::move(refused), nullptr);
    co_return;
  }
  if (request.exchange.draining() && request.route->limits != LimitsClass::Probe) {
    co_await stop(request, {ErrorCode::Draining, Act::HttpReject, "draining", {}, {}}, nullptr);
    co_return;
  }
  int64_t& in_flight = in_flight_[static_cast<size_t>(request.route->limits)];
  if (in_flight >= settings_.in_flight[static_cast<size_t>(request.route->limits)]) {
    co_await stop(request, {ErrorCode::Overloaded, Act::HttpReject, "streams", {}, {}}, nullptr);
    co_return;
  }
  const CountGuard guard(in_flight, parts_.metrics.in_flight);
  if (route->public_handler) {
    co_await serve_public(request, *route);
  } else {
    co_await serve_private(request, *route);
  }
}

std::optional<Pipeline::Stop> Pipeline::find_route(Request& request,
                                                   const BoundRoute*& route) const {
  const http::RequestHead& head = request.exchange.head();
  if (ends_platform_field(head.fields)) {
    request.exchange.close_after();
    return Stop{ErrorCode::BadHeader, Act::HttpReject, "connection_option", {}, {}};
  }
  if (head.method == "CONNECT" || head.path == "*") {
    if (head.method == "CONNECT") request.exchange.close_after();
    return Stop{ErrorCode::MethodNotAllowed,
                Act::HttpReject,
                "method",
                "Allow: GET, HEAD, POST, PUT, PATCH, DELETE\r\n",
                {}};
  }
  auto path = http::canonical_path(head.path);
  if (!path) return Stop{ErrorCode::BadPath, Act::HttpReject, "path", {}, {}};
  request.dialect = dialect_of(path->path);
  RouteTable::Match match = parts_.routes.find(head.method, path->path);
  if (match.route == nullptr && match.path_exists) {
    return Stop{ErrorCode::MethodNotAllowed,
                Act::HttpReject,
                "method",
                "Allow: " + match.allow + "\r\n",
                {}};
  }
  if (match.route == nullptr) return Stop{ErrorCode::NotFound, Act::HttpReject, "path", {}, {}};
  route = match.route;
  request.route = match.route->spec;
  request.dialect = match.route->spec->dialect;
  request.path_parameter = match.parameter;
  return std::nullopt;
}

net::Task<void> Pipeline::serve_public(Request& request, const BoundRoute& route) {
  if (route.spec->body != BodyMode::None) {
    const bool evident = co_await parts_.journal.has_room(request.exchange.loop());
    if (!evident) {
      co_await answer_error(request, ErrorCode::AuditUnavailable);
      co_return;
    }
    if (auto refused = co_await read_body(request)) {
      co_await stop(request, *std::move(refused), nullptr);
      co_return;
    }
  }
  co_await route.public_handler(request);
}

net::Task<void> Pipeline::serve_private(Request& request, const BoundRoute& route) {
  Identified identified = co_await parts_.identity.identify(request);
  if (!identified.caller) {
    co_await stop(request,
                  {identified.code, identified.act, identified.reason, identified.fields,
                   identified.note, identified.stranger, identified.hint},
                  nullptr);
    co_return;
  }
  const access::Caller& caller = *identified.caller;
  // What strangers send is counted, logged and recorded; they cannot fill a store of traces.
  if (tracer_ != nullptr) begin_trace(*tracer_, request, caller);
  request.receipt_wish = wish_of(request);
  note_stripped(request, &caller);
  // On an inner hop the service that vouches for the caller has recorded it.
  if (settings_.is_edge && caller.permissions().contains_any(access::kPrivilegedPermissions)) {
    const bool recorded = co_await record_privileged(request, caller);
    if (!recorded) {
      co_await answer_error(request, ErrorCode::AuditUnavailable);
      co_return;
    }
  } else if (identified.first_use) {
    parts_.journal.auth_ok(request, caller);
  }
  if (auto refused = refuse_by_head(request, caller)) {
    // A known caller keeps its connection when the rest of its request is small.
    co_await request.exchange.discard_small_body();
    co_await stop(request, *std::move(refused), &caller);
    co_return;
  }
  const bool evident = co_await parts_.journal.has_room(request.exchange.loop());
  if (!evident) {
    co_await answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  if (auto refused = co_await read_body(request)) {
    co_await stop(request, *std::move(refused), &caller);
    co_return;
  }
  co_await run_handler(request, route, caller);
}

std::optional<Pipeline::Stop> Pipeline::refuse_by_head(Request& request,
                                                       const access::Caller& caller) {
  const access::Decision decision = decide(request.route->access, caller);
  if (!decision.allowed()) {
    return Stop{ErrorCode::PermissionDenied, Act::AuthzDeny, decision.reason, {}, {}};
  }
  if (auto refused = parts_.limits.admit(request, caller)) {
    return Stop{refused->code, Act::LimitHit, refused->reason, std::move(refused->fields), {}};
  }
  if (request.receipt_wish == ReceiptWish::Unknown) {
    return Stop{ErrorCode::InvalidRequest, Act::HttpReject, "invalid_value", {}, kReceiptField};
  }
  return std::nullopt;
}

net::Task<bool> Pipeline::record_privileged(Request& request, const access::Caller& caller) {
  if (privileged_.contains(caller)) co_return true;
  const auto recorded = co_await parts_.journal.auth_privileged(request, caller);
  if (recorded) privileged_.add(caller);
  co_return recorded.ok();
}

net::Task<std::optional<Pipeline::Stop>> Pipeline::read_body(Request& request) {
  const http::RequestHead& head = request.exchange.head();
  if (request.route->body == BodyMode::None) {
    // A body that nobody reads ends the connection with the answer.
    if (!request.promised_body) co_return std::nullopt;
    co_return co_await receive_body(request, kUnusedBody);
  }
  if (head.fields.count("content-type") > 1 || head.fields.count("content-encoding") > 1) {
    co_return Stop{ErrorCode::BadHeader, Act::HttpReject, "duplicate_header", {}, {}};
  }
  const std::string_view wanted = media_type_of(request.route->body);
  if (!is_of_type(head.fields.find("content-type").value_or(""), wanted)) {
    co_await request.exchange.discard_small_body();
    co_return Stop{ErrorCode::UnsupportedMediaType, Act::HttpReject, "media_type", {}, {}};
  }
  const auto encoding = head.fields.find("content-encoding");
  if (encoding && !base::equal_ignoring_case(*encoding, "identity")) {
    co_await request.exchange.discard_small_body();
    co_return Stop{
        ErrorCode::UnsupportedContentEncoding, Act::HttpReject, "content_encoding", {}, {}};
  }
  if (head.framing == http::Framing::None) request.exchange.close_after();
  if (request.route->body == BodyMode::Upload) co_return co_await read_upload(request);
  const bool is_form = request.route->body == BodyMode::Form;
  co_return co_await receive_body(request, is_form ? kLargestForm : settings_.json_body);
}

net::Task<std::optional<Pipeline::Stop>> Pipeline::read_upload(Request& request) {
  if (parts_.uploads == nullptr) {
    co_return Stop{ErrorCode::Overloaded, Act::HttpReject, "overloaded", {}, {}};
  }
  auto received = co_await receive_upload(request.exchange, *parts_.uploads, settings_.upload);
  if (!received) {
    const BodyRefusal& refusal = received.error();
    co_return Stop{refusal.code, Act::HttpReject, refusal.reason, {}, {}};
  }
  request.upload = *std::move(received);
  co_return std::nullopt;
}

net::Task<std::optional<Pipeline::Stop>> Pipeline::receive_body(Request& request, size_t limit) {
  const net::BodyFault fault =
      co_await request.exchange.read_body(limit, parts_.bodies, request.body);
  if (request.promised_body) {
    // A body that ends early is another one than was signed.
    bool kept = fault != net::BodyFault::Truncated;
    if (fault == net::BodyFault::None) kept = co_await keeps_promise(request);
    if (!kept) {
      request.exchange.close_after();
      co_return Stop{ErrorCode::FwdInvalid,
                     Act::AuthFwdReject,
                     identity::to_string(identity::ForwardedFault::BodyHash),
                     {},
                     {}};
    }
  }
  if (fault == net::BodyFault::None) co_return std::nullopt;
  const BodyRefusal refusal = refusal_of(fault);
  co_return Stop{refusal.code, Act::HttpReject, refusal.reason, {}, {}};
}

net::Task<void> Pipeline::run_handler(Request& request, const BoundRoute& route,
                                      const access::Caller& caller) {
  request.exchange.refusals() = 0;
  request.exchange.watch_client();
  co_await route.handler(request, caller);
  if (!request.exchange.answered() && !request.exchange.client_gone()) {
    co_await answer_error(request, ErrorCode::InternalError);
  }
}

net::Task<void> Pipeline::stop(Request& request, Stop stop, const access::Caller* caller) {
  parts_.metrics.refused.add();
  // A peer that is only ever refused costs a connection and a handshake now and then.
  if (++request.exchange.refusals() >= kMostRefusals) request.exchange.close_after();
  if (stop.stranger.subject.empty()) {
    co_await parts_.journal.refused(request, caller, stop.act, stop.reason);
  } else {
    parts_.journal.refused_stranger(request, stop.stranger, stop.act, stop.reason);
  }
  request.refusal = {
      .code = stop.code, .reason = stop.reason, .note = std::string(stop.note), .hint = stop.hint};
  co_await answer_error(request, stop.code, stop.note, stop.fields);
}

void Pipeline::note_stripped(Request& request, const access::Caller* caller) {
  if (request.stripped == 0) return;
  parts_.journal.stripped(request, caller, std::exchange(request.stripped, 0));
}

void Pipeline::finish(const Request& request) {
  const base::MonoTime now = request.exchange.loop().clock().mono();
  const auto micros = (now - request.exchange.started()).count();
  parts_.metrics.duration.record(static_cast<uint64_t>(std::max<int64_t>(micros, 0)));
  parts_.metrics.by_status_class[static_cast<size_t>(request.exchange.status() / 100) % 6].add();
  log_line(request, micros);
  if (request.trace) request.trace->finish(request, now);
}

/// One line for each request, but none for a probe that was answered. What a client wrote as method
/// or path is not in it.
void Pipeline::log_line(const Request& request, int64_t micros) const {
  const bool routed = request.route != nullptr;
  if (!request.refusal && (!routed || request.route->limits == LimitsClass::Probe)) return;
  const std::string_view method = routed ? to_string(request.route->method) : std::string_view();
  const std::string_view path = routed ? request.route->path : std::string_view();
  const int64_t status = request.exchange.status();
  const std::string_view trace = request.trace ? request.trace->trace_id() : std::string_view();
  if (!request.refusal && !trace.empty()) {
    parts_.log.info("request", {{"rid", request.id.view()},
                                {"trace", trace},
                                {"method", method},
                                {"route", path},
                                {"status", status},
                                {"us", micros}});
    return;
  }
  if (!request.refusal) {
    parts_.log.info("request", {{"rid", request.id.view()},
                                {"method", method},
                                {"route", path},
                                {"status", status},
                                {"us", micros}});
    return;
  }
  const LoggedRefusal& refusal = *request.refusal;
  parts_.log.info("refused", {{"rid", request.id.view()},
                              {"trace", trace},
                              {"method", method},
                              {"route", path},
                              {"status", status},
                              {"us", micros},
                              {"code", facts_of(refusal.code).name},
                              {"reason", refusal.reason},
                              {"client", std::string_view(request.client)},
                              {"note", std::string_view(refusal.note)},
                              {"hint", refusal.hint}});
}

}  // namespace srasta::service
