#include "service/forwarding_client.h"

#include "base/encoding.h"
#include "http/chunked.h"
#include "http/trace_context.h"
#include "http/writer.h"

#include <algorithm>
#include <array>
#include <optional>

namespace srasta::service {
namespace {

using net::ClientFault;

constexpr base::Seconds kConnect{2};
/// Fields of an answer that belong to its connection (RFC 9110 section 7.6.1).
constexpr std::array<std::string_view, 9> kOfTheConnection = {"connection",
                                                              "content-length",
                                                              "keep-alive",
                                                              "proxy-authenticate",
                                                              "proxy-authorization",
                                                              "te",
                                                              "trailer",
                                                              "transfer-encoding",
                                                              "upgrade"};
/// What the platform itself says in an answer.
constexpr std::array<std::string_view, 2> kAnswered = {"x-srasta-error", "x-srasta-audit"};

template <size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::ranges::any_of(
      names, [&](std::string_view one) { return base::equal_ignoring_case(name, one); });
}

bool is_kept(const http::Fields& fields, std::string_view name) {
  if (is_one_of(name, kOfTheConnection) || fields.lists("connection", name)) return false;
  if (!identity::is_platform_header(name)) return true;
  return is_one_of(name, kAnswered) && fields.count(name) == 1;
}

base::Code code_of(ClientFault fault) {
  switch (fault) {
    case ClientFault::ConnectTimeout:
    case ClientFault::HeadTimeout:
    case ClientFault::IdleTimeout:
      return base::Code::Timeout;
    case ClientFault::Cancelled:
      return base::Code::Cancelled;
    default:
      return base::Code::Unavailable;
  }
}

base::Error no_answer(std::string_view callee, ClientFault fault, std::string_view detail = {}) {
  std::string why(to_string(fault));
  if (!detail.empty()) why.append(": ").append(detail);
  return base::make_error(
      code_of(fault), "the service '" + std::string(callee) + "' did not answer", std::move(why));
}

bool is_target(std::string_view target) {
  return target.starts_with('/') &&
         std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7F; });
}

/// On each loop; the other side has not room for any number.
constexpr size_t kMostIdle = 8;

bool is_sendable(const ForwardedAsk& ask) {
  return http::is_token(ask.method) && is_target(ask.target) && !ask.request_id.empty() &&
         http::is_field_value(ask.request_id) && http::is_field_value(ask.content_type);
}

/// Whether an idle connection may carry it, which the other side may have closed this moment: then
/// it is asked once more on a fresh one.
bool is_repeatable(const ForwardedAsk& ask, std::string_view body) {
  return ask.method == "GET" && body.empty();
}

}  // namespace

struct ForwardingClient::Peer {
  Peer(const Parts& parts, Callee the_callee)
      : callee(std::move(the_callee)),
        pool(parts.loop, parts.blocking,
             {.url = {.host = callee.service, .port = 80, .path = {}},
              .unix_path = callee.socket,
              .tls = nullptr,
              .connect_timeout = kConnect,
              .most_idle = kMostIdle}) {}

  const Callee callee;
  net::HttpClientPool pool;
};

/// One request on its way.
struct ForwardingClient::Sending {
  Peer& peer;
  const ForwardedAsk& ask;
  std::string_view held;
  BodySource* source = nullptr;
  base::MonoTime deadline;
  std::string head = {};
  std::string signature = {};
  base::Error source_error = {};  ///< of a body that was given up

  [[nodiscard]] base::Micros left(const net::Scope& scope) const {
    return deadline - scope.loop().now();
  }
};

std::string_view ForwardedAnswer::field(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields, [&](const auto& field) { return base::equal_ignoring_case(field.first, name); });
  return found == fields.end() ? std::string_view() : found->second;
}

identity::ForwardedPrincipal forwarded_principal(const access::Caller& caller) {
  const access::Claimed::Facts& facts = caller.claimed()->facts();
  return {.subject = facts.subject,
          .tenant = facts.tenant,
          .roles = caller.roles(),
          .issuer = facts.principal_issuer,
          .permissions = caller.permissions(),
          .personas = caller.personas(),
          .groups = facts.groups,
          .delegates = facts.delegates,
          .machine = caller.kind() == access::CallerKind::Service,
          .key_id = caller.key_id()};
}

std::string audit_head_of(const audit::Ledger& ledger) {
  const audit::Ledger::Head head = ledger.head();
  if (head.next_seq == 0) return to_string(identity::AuditHead{});
  const std::string& origin = ledger.origin();
  return to_string(identity::AuditHead{
      .stream = origin.substr(origin.rfind('/') + 1), .records = head.next_seq, .leaf = head.leaf});
}

ForwardingClient::ForwardingClient(Parts parts, std::vector<Callee> callees)
    : parts_(std::move(parts)) {
  for (Callee& callee : callees) {
    peers_.push_back(std::make_unique<Peer>(parts_, std::move(callee)));
  }
}

ForwardingClient::~ForwardingClient() = default;

ForwardingClient::Peer* ForwardingClient::find(std::string_view callee) const {
  const auto found = std::ranges::find_if(
      peers_, [&](const auto& peer) { return peer->callee.service == callee; });
  return found == peers_.end() ? nullptr : found->get();
}

net::Task<ForwardingClient::Outcome> ForwardingClient::ask(std::string callee, ForwardedAsk ask,
                                                           std::string body, net::Scope& scope) {
  Peer* const peer = find(callee);
  if (peer == nullptr) {
    co_return base::make_error(base::Code::NotFound, "there is no service '" + callee + "'");
  }
  Sending sending{.peer = *peer, .ask = ask, .held = body, .deadline = scope.within(ask.within)};
  co_return co_await exchange(sending, scope, is_repeatable(ask, body));
}

net::Task<ForwardingClient::Outcome> ForwardingClient::ask_streaming(std::string callee,
                                                                     ForwardedAsk ask,
                                                                     BodySource& body,
                                                                     net::Scope& scope) {
  Peer* const peer = find(callee);
  if (peer == nullptr) {
    co_return base::make_error(base::Code::NotFound, "there is no service '" + callee + "'");
  }
  Sending sending{
      .peer = *peer, .ask = ask, .held = {}, .source = &body, .deadline = scope.within(ask.within)};
  co_return co_await exchange(sending, scope, false);
}

/// Each attempt is signed anew: a nonce serves once.
base::Result<void> ForwardingClient::sign(Sending& sending) {
  const ForwardedAsk& ask = sending.ask;
  if (!is_sendable(ask)) {
    return base::make_error(base::Code::Invalid, "this request cannot be put into a head");
  }
  const identity::ForwardedPrincipal principal =
      ask.on_behalf_of != nullptr
          ? forwarded_principal(*ask.on_behalf_of)
          : identity::ForwardedPrincipal{identity::service_subject(parts_.service),
                                         base::TenantId(identity::kPlatformTenant), parts_.roles};
  const bool streamed = sending.source != nullptr;
  const bool has_length = !streamed && (!sending.held.empty() || ask.method != "GET");
  const auto now = std::chrono::duration_cast<base::Millis>(parts_.clock.wall().time_since_epoch());
  const identity::ForwardedHead signed_head{
      .caller = parts_.service,
      .callee = sending.peer.callee.service,
      .method = ask.method,
      .target = ask.target,
      .content_type = ask.content_type,
      .content_length = has_length ? std::optional<uint64_t>(sending.held.size()) : std::nullopt,
      .principal = identity::encode_principal(principal),
      .request_id = ask.request_id,
      .timestamp_ms = now.count(),
      .nonce = parts_.nonces.next(),
      .audit_head = parts_.audit_head(),
      .body_mode =
          streamed ? std::string(identity::kStreamedBody) : identity::body_mode_of(sending.held),
      .key_id = sending.peer.callee.key.id};
  if (signed_head.principal.size() > identity::kMaxPrincipalBytes) {
    return base::make_error(base::Code::Invalid, "this principal is too large to be forwarded");
  }
  sending.signature = identity::sign_forwarded(signed_head, sending.peer.callee.key);
  http::HeadWriter head = http::HeadWriter::request(ask.method, ask.target);
  head.field("Host", sending.peer.callee.service);
  if (!ask.content_type.empty()) head.field("Content-Type", ask.content_type);
  if (has_length) head.field("Content-Length", sending.held.size());
  if (streamed) head.field("Transfer-Encoding", "chunked");
  if (http::is_trace_parent(ask.trace_parent)) head.field("traceparent", ask.trace_parent);
  for (const auto& [name, value] : forwarded_fields(signed_head, sending.signature)) {
    head.field(name, value);
  }
  sending.head = head.finish();
  return {};
}

net::Task<ForwardingClient::Outcome> ForwardingClient::exchange(Sending& sending, net::Scope& scope,
                                                                bool may_repeat) {
  const std::string& callee = sending.peer.callee.service;
  for (bool pooled = may_repeat;; pooled = false) {
    if (auto made = sign(sending); !made) co_return std::move(made).error();
    net::HttpClientPool::Acquired acquired = co_await sending.peer.pool.acquire(scope, pooled);
    if (acquired.fault != ClientFault::None) {
      co_return no_answer(callee, acquired.fault, acquired.detail);
    }
    net::HttpClientConnection& connection = *acquired.connection;
    const ClientFault sent = co_await send(sending, connection, scope);
    if (!sending.source_error.message.empty()) co_return std::move(sending.source_error);
    // A service that refuses a head may have closed before it read the body.
    ClientFault fault = sent;
    if (sent == ClientFault::None || sent == ClientFault::Reset) {
      fault = co_await connection.read_head(scope, sending.deadline);
    }
    if (fault == ClientFault::Reset && !acquired.fresh) continue;
    if (fault != ClientFault::None) co_return no_answer(callee, fault);
    Outcome outcome = co_await receive(sending, connection, scope);
    // One that nobody may take again would only use up the places of the other side.
    if (may_repeat) sending.peer.pool.release(std::move(acquired.connection));
    co_return outcome;
  }
}

net::Task<ClientFault> ForwardingClient::send(Sending& sending,
                                              net::HttpClientConnection& connection,
                                              net::Scope& scope) {
  const std::array<std::string_view, 2> parts = {sending.head, sending.held};
  const ClientFault fault = co_await connection.send(parts, scope, sending.left(scope));
  if (fault != ClientFault::None || sending.source == nullptr) co_return fault;
  co_return co_await send_streamed(sending, connection, scope);
}

net::Task<ClientFault> ForwardingClient::send_streamed(Sending& sending,
                                                       net::HttpClientConnection& connection,
                                                       net::Scope& scope) {
  crypto::Sha256 hash;
  uint64_t length = 0;
  while (true) {
    const base::Result<std::string_view> piece = co_await sending.source->next();
    if (!piece) {
      sending.source_error = piece.error();
      co_return ClientFault::Cancelled;
    }
    if (piece->empty()) break;
    hash.update(*piece);
    length += piece->size();
    std::array<char, 18> size;
    const std::string_view size_line(size.data(),
                                     http::write_chunk_size(piece->size(), size.data()));
    const std::array<std::string_view, 3> parts = {size_line, *piece, "\r\n"};
    const ClientFault fault = co_await connection.send_more(parts, scope, sending.left(scope));
    if (fault != ClientFault::None) co_return fault;
  }
  const std::string mac =
      identity::body_mac(sending.signature, length, hash.finish(), sending.peer.callee.key);
  const std::array<std::string_view, 5> end = {"0\r\n", identity::kBodyMacTrailer, ": ", mac,
                                               "\r\n\r\n"};
  co_return co_await connection.send_more(end, scope, sending.left(scope));
}

net::Task<ForwardingClient::Outcome> ForwardingClient::receive(
    Sending& sending, net::HttpClientConnection& connection, net::Scope& scope) {
  const std::string& callee = sending.peer.callee.service;
  ForwardedAnswer answer{.status = connection.head().status, .fields = {}, .body = {}};
  const http::Fields& fields = connection.head().fields;
  for (const http::Field& field : fields) {
    if (is_kept(fields, field.name)) answer.fields.emplace_back(field.name, field.value);
  }
  while (true) {
    const auto run = co_await connection.read_body(scope, sending.left(scope));
    for (const std::string_view piece : connection.pieces()) answer.body += piece;
    if (answer.body.size() > sending.ask.longest_answer) {
      co_return base::make_error(base::Code::TooLarge,
                                 "the answer of the service '" + callee + "' is too large");
    }
    if (run.fault != ClientFault::None) co_return no_answer(callee, run.fault);
    if (run.done) break;
  }
  // Passed on, it would look like a refusal of the client's own credential.
  if (answer.status == 401) {
    co_return base::make_error(base::Code::Unavailable,
                               "the service '" + callee + "' refused this one",
                               std::string(answer.field("x-srasta-error")));
  }
  co_return answer;
}

}  // namespace srasta::service
