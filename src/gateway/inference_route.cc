#include "gateway/inference_route.h"

#include <algorithm>
#include <array>

namespace srasta::gateway {
namespace {

using inference::BodyFault;
using service::ErrorCode;

struct BodyRow {
  BodyFault fault;
  ErrorCode code;
  std::string_view reason;
  std::string_view param;
};

constexpr std::array kBodyFaults = {
    BodyRow{BodyFault::Json, ErrorCode::InvalidJson, "json", ""},
    BodyRow{BodyFault::Empty, ErrorCode::InvalidJson, "body_empty", ""},
    BodyRow{BodyFault::Utf8, ErrorCode::InvalidUtf8, "utf8", ""},
    BodyRow{BodyFault::Depth, ErrorCode::JsonTooDeep, "json_depth", ""},
    BodyRow{BodyFault::DuplicateKey, ErrorCode::DuplicateKey, "duplicate_key", ""},
    BodyRow{BodyFault::ModelRequired, ErrorCode::ModelRequired, "model_type", "model"},
    BodyRow{BodyFault::StreamNotBoolean, ErrorCode::InvalidRequest, "invalid_value", "stream"},
    BodyRow{BodyFault::StreamOptionsNotObject, ErrorCode::InvalidRequest, "invalid_value",
            "stream_options"},
};

/// Reachable servers first, then the one with the least work in hand for its weight.
void order_targets(std::vector<inference::Target>& targets, const Routing& routing) {
  const auto& states = routing.catalog->upstreams();
  const Upstreams& upstreams = *routing.upstreams;
  std::ranges::sort(targets, [&](const inference::Target& a, const inference::Target& b) {
    const bool a_up = states[a.upstream].reachable;
    const bool b_up = states[b.upstream].reachable;
    if (a_up != b_up) return a_up;
    const int64_t a_load = upstreams.at(a.upstream).outstanding * int64_t{b.weight};
    const int64_t b_load = upstreams.at(b.upstream).outstanding * int64_t{a.weight};
    return a_load != b_load ? a_load < b_load : a.upstream < b.upstream;
  });
}

audit::Outcome outcome_of(const RelayEnd& end) {
  if (end.kind == RelayEnd::Kind::Complete) return audit::Outcome::Ok;
  return end.refused ? audit::Outcome::Deny : audit::Outcome::Error;
}

bool meters_stream(const service::Request& request, const inference::RequestView& view) {
  return view.stream && request.route->path != "/v1/embeddings";
}

}  // namespace

net::Task<void> InferenceRoute::serve(service::Request& request, const access::Caller& caller) {
  const inference::RequestView view = inference::read_request(request.body);
  if (view.fault != BodyFault::None) {
    co_await refuse(request, caller, view.fault);
    co_return;
  }
  request.asked_model = view.model;
  if (!caller.models().allows(view.model)) {
    co_await journal_.refused(request, &caller, audit::Act::AuthzDeny, "model_not_allowed");
    co_await service::answer_error(request, ErrorCode::ModelNotFound);
    co_return;
  }
  const RoutingSlot routing = routing_;
  std::vector<inference::Target> targets = routing->catalog->targets_of(view.model);
  if (targets.empty()) {
    co_await refuse_model(request, caller, view.model, *routing->catalog);
    co_return;
  }
  const access::Permission needed =
      request.route->access.permission().value_or(access::Permission::InferenceInvoke);
  const ActiveGenerations::Entry active(active_, caller, needed, request.asked_model,
                                        request.exchange.scope());
  // The body may have taken its time.
  if (const std::optional<Cut>& cut = active.cut()) {
    co_await stop(request, caller, cut->code, audit::Act::AuthzDeny, cut->reason, {}, {});
    co_return;
  }
  std::optional<access::ConcurrencyLimits::Slot> slot;
  auto budget = co_await pass_limits(request, caller, view,
                                     routing->catalog->default_max_tokens(view.model), slot);
  if (!budget) co_return;
  co_await generate(request, caller, view, *routing, std::move(targets), active,
                    *std::move(budget));
}

net::Task<void> InferenceRoute::stop(service::Request& request, const access::Caller& caller,
                                     ErrorCode code, audit::Act act, std::string_view reason,
                                     std::string_view param, std::string_view fields) {
  co_await journal_.refused(request, &caller, act, reason);
  co_await service::answer_error(request, code, param, fields);
}

net::Task<std::optional<GenerationBudget>> InferenceRoute::pass_limits(
    service::Request& request, const access::Caller& caller, const inference::RequestView& view,
    std::optional<uint64_t> default_max_tokens,
    std::optional<access::ConcurrencyLimits::Slot>& slot) {
  if (auto refused = limits_.admit_model(request, caller, view.model)) {
    co_await stop(request, caller, refused->code, audit::Act::LimitHit, refused->reason, {},
                  refused->fields);
    co_return std::nullopt;
  }
  auto entry = limits_.limits().streams.handle(subject_of(caller, view.model)).enter();
  if (!entry.slot) {
    co_await stop(request, caller, ErrorCode::ConcurrencyLimited, audit::Act::LimitHit, "streams",
                  {}, stream_fields(request, entry));
    co_return std::nullopt;
  }
  slot = std::move(entry.slot);
  const GenerationBudget::Defaults defaults{.of_alias = default_max_tokens,
                                            .under_budget = limits_.limits().default_output};
  auto budget = co_await GenerationBudget::reserve(budgets_, request, caller, view, defaults);
  if (!budget) {
    const GenerationBudget::Refused& why = budget.error();
    slot.reset();  // before the client hears of it and asks again
    co_await stop(request, caller, why.code, why.act, why.reason, why.param, why.fields);
    co_return std::nullopt;
  }
  co_return *std::move(budget);
}

net::Task<void> InferenceRoute::refuse(service::Request& request, const access::Caller& caller,
                                       BodyFault fault) {
  for (const BodyRow& row : kBodyFaults) {
    if (row.fault != fault) continue;
    const audit::Act act =
        fault == BodyFault::Empty ? audit::Act::HttpReject : audit::Act::InferenceRequest;
    co_await journal_.refused(request, &caller, act, row.reason);
    co_await service::answer_error(request, row.code, row.param);
  }
}

net::Task<void> InferenceRoute::refuse_model(service::Request& request,
                                             const access::Caller& caller, std::string_view model,
                                             const inference::Catalog& catalog) {
  if (catalog.knows_alias(model) || !catalog.settled()) {
    co_await journal_.failed(request, caller, audit::Act::InferenceError, "none_configured");
    co_await service::answer_error(request, ErrorCode::NoUpstream);
    co_return;
  }
  co_await journal_.refused(request, &caller, audit::Act::AuthzDeny, "model_unknown");
  co_await service::answer_error(request, ErrorCode::ModelNotFound);
}

net::Task<void> InferenceRoute::generate(service::Request& request, const access::Caller& caller,
                                         const inference::RequestView& view, const Routing& routing,
                                         std::vector<inference::Target> targets,
                                         const ActiveGenerations::Entry& active,
                                         GenerationBudget budget) {
  order_targets(targets, routing);
  const bool meter = meters_stream(request, view);
  const auto admitted = co_await journal_.inference_request(
      request, caller,
      {.asked = view.model,
       .upstream = routing.upstreams->at(targets.front().upstream).spec.name.view(),
       .model = targets.front().model.view(),
       .stream = view.stream});
  if (!admitted) {
    budget.cancel();
    co_await service::answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  RelayEnd end;
  GenerationWatch watch(generations_, request, view, *routing.catalog);
  const inference::Target* used = nullptr;
  for (const inference::Target& target : targets) {
    used = &target;
    const inference::EditedBody body(request.body, view, target.model.view(), meter,
                                     budget.add_max_tokens());
    watch.begin(routing.upstreams->at(target.upstream).spec, target.model.view());
    const RelayOrder order{.path = request.route->path,
                           .body = body,
                           .stream = view.stream,
                           .remove_usage = meter && !view.wants_usage,
                           .cut = &active.cut(),
                           .most_output = budget.most_output(),
                           .trace_parent = watch.trace_parent(),
                           .pace = watch.pace()};
    Relay relay(request, routing.upstreams->at(target.upstream), routing.timeouts, order);
    end = co_await relay.run();
    watch.end(end);
    if (!end.retryable) break;
  }
  watch.finish(end);
  co_await record_end(request, caller, routing.upstreams->at(used->upstream), *used, end,
                      budget.settle(end));
  if (end.code) {
    const std::string fields =
        end.retry_after.empty() ? "" : "Retry-After: " + end.retry_after + "\r\n";
    co_await service::answer_error(request, *end.code, {}, fields);
  }
}

net::Task<void> InferenceRoute::record_end(const service::Request& request,
                                           const access::Caller& caller,
                                           const Upstreams::One& upstream,
                                           const inference::Target& target, const RelayEnd& end,
                                           std::optional<service::Journal::Charge> charge) {
  const GenerationOutcome ended = ended_as(end);
  const audit::Act act = ended == GenerationOutcome::Complete ? audit::Act::InferenceComplete
                         : ended == GenerationOutcome::Abort  ? audit::Act::InferenceAbort
                                                              : audit::Act::InferenceError;
  co_await journal_.inference_end(request, caller, act, end.reason,
                                  {.outcome = outcome_of(end),
                                   .upstream = upstream.spec.name.view(),
                                   .model = target.model.view(),
                                   .status = end.upstream_status,
                                   .input_tokens = end.usage ? end.usage->input : 0,
                                   .output_tokens = end.usage ? end.usage->output : 0,
                                   .usage_reported = end.usage.has_value(),
                                   .bytes_out = end.bytes_out,
                                   .charge = charge});
  if (end.kind != RelayEnd::Kind::Error) co_return;
  log_.warn("upstream failed", {{"rid", request.id.view()},
                                {"upstream", upstream.spec.name.view()},
                                {"reason", end.reason},
                                {"status", int64_t{end.upstream_status}},
                                {"detail", std::string_view(end.detail)}});
}

}  // namespace srasta::gateway
