#include "service/internal_routes.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "json/writer.h"
#include "net/timer.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

namespace srasta::service {
namespace {

using access::Permission;
using audit::Act;
using audit::Durability;

consteval RouteSpec internal(Method method, std::string_view path, Permission permission,
                             Evidence evidence, std::string_view summary) {
  return RouteSpec(method, path, Access::requires_permission(permission), evidence,
                   LimitsClass::Probe, BodyMode::None, TimeoutClass::Quick, LicenseColumn::Always,
                   dialects::Dialect::Problem, summary);
}

constexpr Evidence kPing = {Act::HttpProbe, Durability::May};
constexpr RouteSpec kHealth =
    internal(Method::Get, "/internal/health", Permission::AdminRead, kPing, "The service works");
constexpr RouteSpec kIdentity = internal(Method::Get, "/internal/identity", Permission::AdminRead,
                                         kPing, "Build, configuration and route table, as digests");
constexpr RouteSpec kMetrics = internal(Method::Get, "/internal/metrics", Permission::AdminMetrics,
                                        kPing, "Metrics in the Prometheus text format");
constexpr RouteSpec kDrain =
    internal(Method::Post, "/internal/drain", Permission::AdminConfig,
             {Act::PlatformDrain, Durability::Must}, "Finish what is in flight, then end");

constexpr RouteSpec kSnapshotBegin = internal(
    Method::Post, "/internal/snapshot/begin", Permission::RecoveryRun,
    {Act::PlatformSnapshot, Durability::Must}, "Write nothing for a moment: a backup is made");
// What it would record comes when the log is written again.
constexpr RouteSpec kSnapshotEnd =
    internal(Method::Post, "/internal/snapshot/end", Permission::RecoveryRun, kPing,
             "Write again; whether nothing was written since the begin");

std::string callers_of(const Access& access) {
  if (access.is_public()) return "everybody";
  const auto permission = access.permission();
  if (!permission) return "every caller";
  const auto other = access.alternative();
  return fmt::format("{}{}{}", access::to_string(*permission), other ? " or " : "",
                     other ? access::to_string(*other) : "");
}

std::string line_of(const RouteSpec& route) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {}\n", route.path, to_string(route.method),
                     callers_of(route.access), audit::to_string(route.evidence.act),
                     audit::to_string(route.evidence.durability), to_string(route.limits),
                     static_cast<int>(route.body), static_cast<int>(route.timeout),
                     static_cast<int>(route.license), static_cast<int>(route.dialect));
}

net::Task<void> answer_health(Request& request, const InternalAnswers& answers) {
  const InternalAnswers::Health health = answers.health();
  const std::string fields = request.common_fields() + "Content-Type: application/json\r\n";
  (void)co_await request.exchange.respond(health.good ? 200 : 503, fields, health.json);
}

/// Holds the text for as long as it is being sent.
net::Task<void> answer_text(Request& request, std::string body,
                            std::string_view content_type = "application/json") {
  co_await answer_json(request, body, content_type);
}

net::Task<void> answer_drain(Request& request, const access::Caller& caller,
                             const InternalAnswers& answers, Journal& journal) {
  const auto recorded = co_await journal.may_act(request, caller);
  if (!recorded) {
    co_await answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  co_await answer_json(request, R"({"status":"draining"})");
  answers.drain();
}

constexpr base::Millis kStep{1};

/// What is being written ends first.
net::Task<void> answer_snapshot_begin(Request& request, const access::Caller& caller,
                                      audit::Ledger& ledger, Journal& journal) {
  const auto recorded = co_await journal.may_act(request, caller);
  if (!recorded) {
    co_await answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  ledger.hold(kLongestSnapshot);
  net::Scope& scope = request.exchange.scope();
  const base::MonoTime deadline = request.exchange.loop().now() + kLongestSnapshot;
  while (!ledger.quiet() && !scope.cancelled() && request.exchange.loop().now() < deadline) {
    (void)co_await net::Sleep(scope, kStep);
  }
  if (!ledger.quiet()) {
    (void)ledger.release();
    co_await answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  const audit::Ledger::Head head = ledger.head();
  json::Writer writer;
  writer.begin_object().member("records", static_cast<int64_t>(head.next_seq));
  writer.member("head", base::to_hex(crypto::bytes_of(head.leaf)));
  co_await answer_text(request, writer.end_object().take());
}

net::Task<void> answer_snapshot_end(Request& request, audit::Ledger& ledger) {
  json::Writer writer;
  writer.begin_object().member("held", ledger.release());
  co_await answer_text(request, writer.end_object().take());
}

}  // namespace

std::span<const RouteSpec* const> internal_routes() {
  static constexpr std::array kAll = {&kHealth, &kIdentity,      &kMetrics,
                                      &kDrain,  &kSnapshotBegin, &kSnapshotEnd};
  return kAll;
}

void bind_internal_routes(RouteTable& table, const InternalAnswers& answers, Journal& journal) {
  table.add(kHealth, [&answers, &journal](Request& request, const access::Caller&) {
    journal.shown(request);
    return answer_health(request, answers);
  });
  table.add(kIdentity, [&answers, &journal](Request& request, const access::Caller&) {
    journal.shown(request);
    return answer_text(request, answers.identity());
  });
  table.add(kMetrics, [&answers, &journal](Request& request, const access::Caller&) {
    journal.shown(request);
    return answer_text(request, answers.metrics(), "text/plain; version=0.0.4; charset=utf-8");
  });
  table.add(kDrain, [&answers, &journal](Request& request, const access::Caller& caller) {
    return answer_drain(request, caller, answers, journal);
  });
  if (answers.ledger == nullptr) return;
  table.add(kSnapshotBegin, [&answers, &journal](Request& request, const access::Caller& caller) {
    return answer_snapshot_begin(request, caller, *answers.ledger, journal);
  });
  table.add(kSnapshotEnd, [&answers](Request& request, const access::Caller&) {
    return answer_snapshot_end(request, *answers.ledger);
  });
}

std::string ServiceIdentity::json() const {
  json::Writer writer;
  writer.begin_object().member("service", service).member("version", version);
  writer.key("build_digest");
  build_digest.empty() ? writer.null() : writer.string(build_digest);
  writer.member("config_digest", config_digest).member("route_digest", route_digest);
  // The policy of tools arrives with the tool gateway.
  writer.key("policy_revision").null();
  writer.member("access_revision", static_cast<int64_t>(access_revision));
  return writer.end_object().take();
}

std::string route_digest(std::span<const RouteSpec* const> routes) {
  std::vector<std::string> lines;
  for (const RouteSpec* route : routes) lines.push_back(line_of(*route));
  std::ranges::sort(lines);
  crypto::Sha256 hash;
  for (const std::string& line : lines) hash.update(line);
  return base::to_hex(crypto::bytes_of(hash.finish()));
}

}  // namespace srasta::service
