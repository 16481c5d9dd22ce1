#include "gateway/inference_route.h"

#include "gateway/client_interface.h"
#include "inference/form_request.h"

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

audit::Outcome outcome_of(const RelayEnd& end) {
  if (end.kind == RelayEnd::Kind::Complete) return audit::Outcome::Ok;
  return end.refused ? audit::Outcome::Deny : audit::Outcome::Error;
}

/// Whether the chain of fallbacks ended at engines that nobody reaches.
bool is_exhausted(const inference::Offer& offer, const RelayEnd& end) {
  return offer.hops.size() > 1 && end.retryable &&
         (end.code == ErrorCode::UpstreamUnreachable || end.code == ErrorCode::UpstreamTimeout);
}

/// There is no route by which an answer in the background could be fetched, or its use be metered.
bool asks_for_background(const ClientInterface& client, const inference::RequestView& view) {
  const json::Member* const background = view.object.find("background");
  return client.kind == inference::BodyKind::Responses && background != nullptr &&
         background->value == "true";
}

}  // namespace

InferenceRoute::InferenceRoute(const RoutingSlot& routing, const CoreLimitGate& limits,
                               BudgetKeeper& budgets, ActiveGenerations& active,
                               GenerationMetrics& generations, service::Journal& journal,
                               base::Log& log, const base::Clock& clock,
                               inference::RetryBudget& retries)
    : routing_(routing),
      limits_(limits),
      budgets_(budgets),
      active_(active),
      generations_(generations),
      journal_(journal),
      log_(log),
      retries_(retries),
      requests_(retries.add_core()),
      availability_([this](const Upstreams::One& upstream, bool used) {
        availability_changed(upstream, used);
      }),
      clock_(clock) {}

net::Task<void> InferenceRoute::serve(service::Request& request, const access::Caller& caller) {
  const ClientInterface client = interface_of(request.route->path);
  const inference::RequestView view =
      request.upload ? inference::read_form(request.upload->form())
                     : inference::read_request(request.body, client.streams_by_default);
  if (view.fault != BodyFault::None) {
    co_await refuse(request, caller, view.fault);
    co_return;
  }
  request.asked_model = view.model;
  if (asks_for_background(client, view)) {
    co_await stop(request, caller, ErrorCode::InvalidRequest, audit::Act::InferenceRequest,
                  "invalid_value", "background", {});
    co_return;
  }
  const RoutingSlot routing = routing_;
  const inference::Offer* const offer = routing->catalog->find(view.model);
  if (offer == nullptr || offer->targets.empty()) {
    co_await refuse_model(request, caller, view.model, *routing->catalog);
    co_return;
  }
  TargetSearch search({.offer = *offer,
                       .catalog = *routing->catalog,
                       .upstreams = *routing->upstreams,
                       .grant = caller.models(),
                       .turns = routing->turns_of(*offer)});
  const inference::Target* const first = search.first_permitted();
  if (first == nullptr) {
    co_await stop(request, caller, ErrorCode::ModelNotFound, audit::Act::AuthzDeny,
                  "model_not_allowed", {}, {});
    co_return;
  }
  const access::Permission needed =
      request.route->access.permission().value_or(access::Permission::InferenceInvoke);
  ActiveGenerations::Entry active(active_, caller, needed,
                                  TargetSearch::use_of(*offer, *first, *routing->catalog),
                                  request.exchange.scope());
  // The body may have taken its time.
  if (const std::optional<Cut>& cut = active.cut()) {
    co_await stop(request, caller, cut->code, audit::Act::AuthzDeny, cut->reason, {}, {});
    co_return;
  }
  std::optional<access::ConcurrencyLimits::Slot> slot;
  auto budget =
      co_await pass_limits(request, caller, client, view, offer->default_max_tokens, slot);
  if (!budget) co_return;
  SpokenRequest spoken(client, request.route->path, request.content(), view);
  co_await generate({.request = request,
                     .caller = caller,
                     .view = view,
                     .offer = *offer,
                     .routing = *routing,
                     .search = search,
                     .active = active,
                     .spoken = spoken,
                     .budget = *std::move(budget)});
}

net::Task<void> InferenceRoute::stop(service::Request& request, const access::Caller& caller,
                                     ErrorCode code, audit::Act act, std::string_view reason,
                                     std::string_view param, std::string_view fields) {
  co_await journal_.refused(request, &caller, act, reason);
  co_await service::answer_error(request, code, param, fields);
}

net::Task<std::optional<GenerationBudget>> InferenceRoute::pass_limits(
    service::Request& request, const access::Caller& caller, const ClientInterface& client,
    const inference::RequestView& view, std::optional<uint64_t> default_max_tokens,
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
  auto budget =
      co_await GenerationBudget::reserve(budgets_, request, caller, client, view, defaults);
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
  const bool allowed = caller.models().allows(model) || caller.models().allows_hosted(model);
  if (allowed && (catalog.find(model) != nullptr || !catalog.settled())) {
    co_await journal_.failed(request, caller, audit::Act::InferenceError, "none_configured");
    co_await service::answer_error(request, ErrorCode::NoUpstream);
    co_return;
  }
  co_await journal_.refused(request, &caller, audit::Act::AuthzDeny,
                            allowed ? "model_unknown" : "model_not_allowed");
  co_await service::answer_error(request, ErrorCode::ModelNotFound);
}

net::Task<void> InferenceRoute::generate(Generation generation) {
  service::Request& request = generation.request;
  if (const auto why = leave_out_unspoken(generation)) {
    generation.budget.cancel();
    co_await stop(request, generation.caller, why->code, audit::Act::InferenceRequest, why->reason,
                  why->param, {});
    co_return;
  }
  requests_.count(request.exchange.loop().now());
  RelayEnd end;
  GenerationWatch watch(generations_, request, generation.view, generation.offer);
  generation.watch = &watch;
  const inference::Target* used = nullptr;
  do {
    auto place = co_await take_place(generation);
    if (!place) {
      // Of several engines, what the last one said tells more than that there is no other.
      if (used == nullptr) end = std::move(place).error();
      break;
    }
    used = place->target;
    const Upstreams::One& upstream = generation.routing.upstreams->at(used->upstream);
    if (++generation.tries == 1) {
      const auto admitted =
          co_await journal_.inference_request(request, generation.caller,
                                              {.asked = generation.view.model,
                                               .upstream = upstream.spec.name.view(),
                                               .model = used->model.view(),
                                               .stream = generation.view.stream});
      if (!admitted) {
        generation.budget.cancel();
        co_await service::answer_error(request, ErrorCode::AuditUnavailable);
        co_return;
      }
    }
    end = co_await ask_engine(generation, *std::move(place));
  } while (may_try_again(generation, end));
  if (used == nullptr) {
    generation.budget.cancel();
    co_await record_unasked(generation, end);
  } else {
    if (is_exhausted(generation.offer, end)) {
      end.code = ErrorCode::NoUpstream;
      end.reason = "exhausted";
    }
    watch.finish(end);
    co_await record_end(generation, *used, end);
  }
  if (end.code) {
    const std::string fields =
        end.retry_after.empty() ? "" : "Retry-After: " + end.retry_after + "\r\n";
    co_await service::answer_error(request, *end.code, end.param, fields);
  }
}

void InferenceRoute::availability_changed(const Upstreams::One& upstream, bool used) {
  journal_.upstream_state(upstream.spec.name.view(), used);
  log_.warn(used ? "upstream is used again" : "upstream ejected after failures",
            {{"upstream", upstream.spec.name.view()}});
}

/// Of a request that no engine was asked.
net::Task<void> InferenceRoute::record_unasked(Generation& generation, const RelayEnd& end) {
  const bool left = end.kind == RelayEnd::Kind::Abort;
  const audit::Act act = left ? audit::Act::InferenceAbort : audit::Act::InferenceError;
  if (end.refused) {
    co_await journal_.refused(generation.request, &generation.caller, act, end.reason);
  } else {
    co_await journal_.failed(generation.request, generation.caller, act, end.reason);
  }
}

net::Task<void> InferenceRoute::record_end(Generation& generation, const inference::Target& target,
                                           const RelayEnd& end) {
  const service::Request& request = generation.request;
  const std::string_view upstream =
      generation.routing.upstreams->at(target.upstream).spec.name.view();
  const GenerationOutcome ended = ended_as(end);
  const audit::Act act = ended == GenerationOutcome::Complete ? audit::Act::InferenceComplete
                         : ended == GenerationOutcome::Abort  ? audit::Act::InferenceAbort
                                                              : audit::Act::InferenceError;
  co_await journal_.inference_end(request, generation.caller, act, end.reason,
                                  {.outcome = outcome_of(end),
                                   .upstream = upstream,
                                   .model = target.model.view(),
                                   .status = end.upstream_status,
                                   .tries = generation.tries,
                                   .input_tokens = end.usage ? end.usage->input : 0,
                                   .output_tokens = end.usage ? end.usage->output : 0,
                                   .usage_reported = end.usage.has_value(),
                                   .bytes_out = end.bytes_out,
                                   .charge = generation.budget.settle(end)});
  if (end.kind != RelayEnd::Kind::Error) co_return;
  log_.warn("upstream failed", {{"rid", request.id.view()},
                                {"upstream", upstream},
                                {"reason", end.reason},
                                {"status", int64_t{end.upstream_status}},
                                {"detail", std::string_view(end.detail)}});
}

}  // namespace srasta::gateway
