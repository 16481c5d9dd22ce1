#include "evidence/live_stream.h"

#include "base/encoding.h"
#include "evidence/on_archive.h"

#include <fmt/format.h>

namespace srasta::evidence {
namespace {

using audit::Act;
using audit::Durability;
using service::ErrorCode;

/// Between looks at the own stream, which costs nothing, and at others, which is a search.
constexpr base::Millis kOwnPause{100};
constexpr base::Millis kOtherPause{500};
constexpr base::Seconds kHeartbeat{15};
constexpr size_t kRecordsAtOnce = 32;
/// What a reader may take for `kRecordsAtOnce` records; beyond the second bound he reads nothing.
constexpr base::Seconds kSlow{5};
constexpr base::Seconds kStalled{10};
constexpr base::Millis kLastWords{250};

/// An audit reason; empty while the stream goes on.
constexpr std::string_view kGoesOn;

}  // namespace

std::expected<std::optional<uint64_t>, BadParameter> resume_point(
    std::optional<std::string_view> last_event_id, std::string_view stream) {
  if (!last_event_id) return std::nullopt;
  const BadParameter bad{"Last-Event-ID"};
  const size_t colon = last_event_id->find(':');
  if (colon == std::string_view::npos || last_event_id->substr(0, colon) != stream) {
    return std::unexpected(bad);
  }
  const auto seq = base::parse_u64(last_event_id->substr(colon + 1));
  // The largest number that a record can have is far from the largest of the type.
  if (!seq || *seq >= uint64_t{1} << 53) return std::unexpected(bad);
  return *seq + 1;
}

std::string_view LiveStream::why_ended() const {
  const std::optional<std::string_view> cut = parts_.open.cut();
  if (cut) return *cut;
  if (parts_.request.exchange.client_gone()) return "client_gone";
  if (parts_.request.exchange.draining()) return "draining";
  // Nothing else cancels a request than the end of the server.
  return parts_.request.exchange.scope().cancelled() ? "draining" : kGoesOn;
}

net::Task<void> LiveStream::run() {
  service::Request& request = parts_.request;
  const service::Journal::LogRead begun{.durability = Durability::Must,
                                        .stream = parts_.question.stream,
                                        .filters = parts_.question.filters_set,
                                        .from_seq = next_};
  const auto recorded =
      co_await parts_.journal.log_read(request, parts_.caller, Act::AuditStream, begun);
  if (!recorded) {
    co_await service::answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  const std::string fields =
      request.common_fields() + "Content-Type: text/event-stream\r\nCache-Control: no-store\r\n";
  if (request.exchange.head().method == "HEAD") {
    (void)co_await request.exchange.respond(200, fields, "");
    co_return;
  }
  const bool reached = co_await request.exchange.begin_stream(200, fields);
  std::string_view reason = "client_gone";
  if (reached) reason = co_await relay();
  co_await end(reason);
}

net::Task<std::string_view> LiveStream::relay() {
  net::Scope& scope = parts_.request.exchange.scope();
  // So that a client knows at once that it listens.
  std::string_view reason = co_await send(": listening\n\n");
  const bool own = parts_.question.stream == parts_.archive.own_stream();
  while (reason.empty()) {
    reason = why_ended();
    if (!reason.empty()) break;
    if (!own || parts_.archive.own_end() > next_) {
      reason = co_await send_new();
      if (!reason.empty()) break;
    }
    if (scope.loop().now() - last_sent_ >= kHeartbeat) {
      reason = co_await send(": heartbeat\n\n");
      continue;
    }
    if (own && parts_.archive.own_end() > next_) continue;
    (void)co_await net::Sleep(scope, own ? kOwnPause : kOtherPause);
  }
  co_return reason;
}

net::Task<std::string_view> LiveStream::send_new() {
  net::Scope& scope = parts_.request.exchange.scope();
  std::function<base::Result<Hits>()> look =
      [&archive = parts_.archive, stream = parts_.question.stream, query = parts_.question.filters,
       tenant = parts_.tenant, from = next_]() -> base::Result<Hits> {
    SRASTA_TRY_ASSIGN(const uint64_t end, archive.end_of(stream));
    return archive.search(
        stream,
        {.query = query, .tenant = tenant, .from = from, .end = end, .limit = kRecordsAtOnce});
  };
  auto hits = co_await on_archive<Hits>(parts_.archive, scope, std::move(look));
  if (!hits) {
    const std::string_view ended = why_ended();
    if (!ended.empty()) co_return ended;
    // Too much to do at the moment: the next look is soon.
    if (hits.error().code == base::Code::Exhausted) co_return kGoesOn;
    co_return hits.error().code == base::Code::Corrupt ? "damaged" : "unreadable";
  }
  next_ = hits->next;
  if (hits->records.empty()) co_return kGoesOn;
  std::string text;
  for (const Hit& hit : hits->records) {
    text += fmt::format("id: {}:{}\ndata: {}\n\n", parts_.question.stream, hit.seq, hit.line);
  }
  sent_ += hits->records.size();
  co_return co_await send(std::move(text));
}

net::Task<std::string_view> LiveStream::send(std::string text) {
  net::Exchange& exchange = parts_.request.exchange;
  net::Scope& scope = exchange.scope();
  const base::MonoTime before = scope.loop().now();
  const std::string_view part = text;
  std::string rest;
  net::IoState state = exchange.write_now(std::span(&part, 1), rest);
  if (state == net::IoState::Done && !rest.empty()) {
    // However slowly it reads, one answer does not hold on to its place for long.
    const base::MonoTime deadline = scope.deadline();
    scope.set_deadline(scope.within(kStalled));
    state = co_await exchange.write_rest(rest);
    scope.set_deadline(deadline);
  }
  last_sent_ = scope.loop().now();
  if (state == net::IoState::Done) {
    co_return last_sent_ - before > kSlow ? std::string_view("client_stalled") : kGoesOn;
  }
  broken_ = true;
  const std::string_view ended = why_ended();
  if (!ended.empty()) co_return ended;
  co_return state == net::IoState::Timeout ? "client_stalled" : "client_gone";
}

net::Task<void> LiveStream::end(std::string_view reason) {
  net::Exchange& exchange = parts_.request.exchange;
  const bool ours = reason == "damaged" || reason == "unreadable";
  const bool refused = parts_.open.cut().has_value();
  const service::Journal::LogRead ended{.outcome = ours      ? audit::Outcome::Error
                                                   : refused ? audit::Outcome::Deny
                                                             : audit::Outcome::Ok,
                                        .reason = reason,
                                        .stream = parts_.question.stream,
                                        .to_seq = next_,
                                        .records = sent_};
  (void)co_await parts_.journal.log_read(parts_.request, parts_.caller, Act::AuditStreamEnd, ended);
  if (broken_ || exchange.client_gone()) {
    exchange.abort();
    co_return;
  }
  net::Scope& scope = exchange.scope();
  scope.revive(scope.within(kLastWords));
  const std::string comment = fmt::format(": ended: {}\n\n", reason);
  const std::string_view part = comment;
  const net::IoState state = co_await exchange.write(std::span(&part, 1));
  if (state != net::IoState::Done) {
    exchange.abort();
    co_return;
  }
  exchange.close_after();
  (void)co_await exchange.finish();
}

}  // namespace srasta::evidence
