#include "gateway/forwarded_plane.h"

#include "base/encoding.h"
#include "gateway/mcp_door.h"
#include "gateway/web_pages.h"
#include "http/trace_context.h"
#include "service/forwarding_client.h"

#include <fmt/format.h>

namespace srasta::gateway {
namespace {

using service::ErrorCode;
using service::Request;

constexpr std::string_view kService = "gateway";
constexpr size_t kBootIdBytes = 16;

/// What this process says of each answer itself.
bool is_our_own(std::string_view name) {
  return base::equal_ignoring_case(name, "x-request-id") ||
         base::equal_ignoring_case(name, "x-content-type-options");
}

/// The record that the service made says more than the one of its being asked.
std::string fields_of(Request& request, const service::ForwardedAnswer& answer) {
  if (!answer.field("x-srasta-audit").empty()) request.receipt_field.clear();
  std::string fields = request.common_fields();
  for (const auto& [name, value] : answer.fields) {
    if (!is_our_own(name)) fields += fmt::format("{}: {}\r\n", name, value);
  }
  return fields;
}

std::vector<service::ForwardingClient::Callee> callees_of(
    const ForwardedPlane::Settings& settings) {
  std::vector<service::ForwardingClient::Callee> callees;
  callees.push_back({.service = settings.service,
                     .socket = settings.socket,
                     .key = {.id = settings.key.id, .secret = settings.key.secret.clone()}});
  return callees;
}

class ForwardedCore final : public service::CorePlane {
 public:
  ForwardedCore(const service::PlaneCore& core, const ForwardedPlane::Settings& settings,
                identity::NonceSource nonces)
      : core_(core),
        settings_(settings),
        client_({.loop = core.loop,
                 .blocking = core.blocking,
                 .clock = core.clock,
                 .service = std::string(kService),
                 .roles = {},
                 .nonces = std::move(nonces),
                 .audit_head = [this] { return service::audit_head_of(core_.ledger); }},
                callees_of(settings)),
        pages_(core_, client_, settings.service) {}

  void bind(service::RouteTable& table) override {
    for (const service::RouteSpec* spec : settings_.routes) {
      table.add(*spec, [this](Request& request, const access::Caller& caller) {
        return forward(request, caller);
      });
    }
    pages_.bind(table, settings_.pages);
  }
  [[nodiscard]] service::SessionSource* sessions() override {
    return settings_.pages.empty() ? nullptr : &pages_;
  }
  /// Answers are short: none outlives a right by more than its own length.
  void recheck(const std::shared_ptr<const identity::IdentitySnapshot>& /*snapshot*/) override {}

 private:
  net::Task<void> forward(Request& request, const access::Caller& caller) {
    if (request.route->path == service::kMcpPath) {
      const auto wrong = judge_origin(request.exchange.head().fields, core_.url);
      if (wrong) {
        co_await refuse(request, caller, *wrong);
        co_return;
      }
      request.body = wrapped_message(request.exchange.head().fields, request.body);
    }
    const auto recorded = co_await core_.journal.forwards(request, caller, settings_.service);
    if (!recorded) {
      co_await service::answer_error(request, ErrorCode::AuditUnavailable);
      co_return;
    }
    const http::RequestHead& head = request.exchange.head();
    service::ForwardedAsk ask{.method = std::string(to_string(request.route->method)),
                              .target = std::string(head.path),
                              .content_type = request.body.empty() ? "" : "application/json",
                              .on_behalf_of = &caller,
                              .request_id = request.id.str(),
                              .trace_parent = {},
                              .within = settings_.within,
                              .longest_answer = settings_.longest_answer};
    if (const auto parent = http::find_trace_parent(head.fields)) ask.trace_parent = *parent;
    const auto answer = co_await client_.ask(settings_.service, std::move(ask),
                                             std::move(request.body), request.exchange.scope());
    if (!answer) {
      co_await fail(request, caller, answer.error());
      co_return;
    }
    const std::string fields = fields_of(request, *answer);
    (void)co_await request.exchange.respond(answer->status, fields, answer->body);
  }

  net::Task<void> refuse(Request& request, const access::Caller& caller, ErrorCode code) {
    const std::string_view reason = code == ErrorCode::HostDenied ? "host" : "origin";
    co_await core_.journal.refused(request, &caller, audit::Act::HttpReject, reason);
    co_await service::answer_error(request, code);
  }

  net::Task<void> fail(Request& request, const access::Caller& caller, const base::Error& error) {
    if (error.code == base::Code::Cancelled) co_return;  // nobody waits for an answer
    core_.log.warn("a service did not answer", {{"service", std::string_view(settings_.service)},
                                                {"rid", request.id.view()},
                                                {"reason", std::string_view(error.detail)}});
    co_await core_.journal.failed(request, caller, request.route->evidence.act, "no_service");
    co_await service::answer_error(request, ErrorCode::ServiceUnavailable);
  }

  const service::PlaneCore core_;
  const ForwardedPlane::Settings& settings_;
  service::ForwardingClient client_;
  WebPages pages_;
};

}  // namespace

ForwardedPlane::ForwardedPlane(Settings settings, base::Entropy& entropy)
    : settings_(std::move(settings)),
      all_routes_(settings_.routes.begin(), settings_.routes.end()),
      boot_id_(base::to_hex(base::random_bytes(entropy, kBootIdBytes))) {
  all_routes_.insert(all_routes_.end(), settings_.pages.begin(), settings_.pages.end());
}

std::unique_ptr<service::CorePlane> ForwardedPlane::open_core(const service::PlaneCore& core) {
  return std::make_unique<ForwardedCore>(core, settings_,
                                         identity::NonceSource(boot_id_, cores_++));
}

}  // namespace srasta::gateway
