#include "gateway/inference_route.h"

#include "inference/egress.h"

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

constexpr uint64_t kBytesPerToken = 4;
constexpr uint64_t kUsualOutput = 1024;
/// To tell a client why we ended its wait.
constexpr base::Millis kLastWords{250};

/// About what a request costs an engine, in tokens: between tenants that wait, work counts.
uint64_t work_of(std::string_view body, const inference::RequestView& view,
                 const inference::Offer& offer) {
  uint64_t output = offer.default_max_tokens.value_or(kUsualOutput);
  for (const std::string_view name : {"max_tokens", "max_completion_tokens", "max_output_tokens"}) {
    const json::Member* const member = view.object.find(name);
    const auto count = member == nullptr ? std::nullopt : json::integer_value(*member);
    if (count && *count > 0) output = static_cast<uint64_t>(*count);
  }
  return body.size() / kBytesPerToken + output;
}

/// What an answer says about its engine.
inference::TryVerdict verdict_of(const RelayEnd& end) {
  using inference::TryVerdict;
  if (end.kind == RelayEnd::Kind::Complete) return TryVerdict::Good;
  const int status = end.upstream_status;
  if (end.kind == RelayEnd::Kind::Abort || status == 429) {
    return status > 0 && status != 429 ? TryVerdict::Good : TryVerdict::Unknown;
  }
  if (end.reason == "upstream_4xx" || end.reason == "in_stream_error") return TryVerdict::Good;
  const bool late = end.code == ErrorCode::UpstreamTimeout && status == 0;
  const bool away = end.code == ErrorCode::UpstreamUnreachable || end.code == ErrorCode::NoUpstream;
  return late || away ? TryVerdict::NoAnswer : TryVerdict::BadAnswer;
}

/// Whether the chain of fallbacks ended at engines that nobody reaches.
bool is_exhausted(const inference::Offer& offer, const RelayEnd& end) {
  return offer.hops.size() > 1 && end.retryable &&
         (end.code == ErrorCode::UpstreamUnreachable || end.code == ErrorCode::UpstreamTimeout);
}

/// What leaves the perimeter is on record with what was sent, if anything was.
bool was_sent(const RelayEnd& end) {
  return end.upstream_status > 0 || (end.reason != "connect" && end.reason != "connect_timeout" &&
                                     end.reason != "none_configured");
}

audit::Outcome outcome_of(const RelayEnd& end) {
  if (end.kind == RelayEnd::Kind::Complete) return audit::Outcome::Ok;
  return end.refused ? audit::Outcome::Deny : audit::Outcome::Error;
}

bool meters_stream(const service::Request& request, const inference::RequestView& view) {
  return view.stream && request.route->path != "/v1/embeddings";
}

}  // namespace

InferenceRoute::InferenceRoute(const RoutingSlot& routing, const CoreLimitGate& limits,
                               BudgetKeeper& budgets, ActiveGenerations& active,
                               GenerationMetrics& generations, service::Journal& journal,
                               base::Log& log)
    : routing_(routing),
      limits_(limits),
      budgets_(budgets),
      active_(active),
      generations_(generations),
      journal_(journal),
      log_(log),
      availability_([this](const Upstreams::One& upstream, bool used) {
        availability_changed(upstream, used);
      }) {}

net::Task<void> InferenceRoute::serve(service::Request& request, const access::Caller& caller) {
  const inference::RequestView view = inference::read_request(request.body);
  if (view.fault != BodyFault::None) {
    co_await refuse(request, caller, view.fault);
    co_return;
  }
  request.asked_model = view.model;
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
  auto budget = co_await pass_limits(request, caller, view, offer->default_max_tokens, slot);
  if (!budget) co_return;
  co_await generate({.request = request,
                     .caller = caller,
                     .view = view,
                     .offer = *offer,
                     .routing = *routing,
                     .search = search,
                     .active = active,
                     .budget = *std::move(budget)});
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
  retries_.request(request.exchange.loop().now());
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
    co_await service::answer_error(request, *end.code, {}, fields);
  }
}

bool InferenceRoute::may_try_again(const Generation& generation, const RelayEnd& end) {
  if (!end.retryable || !generation.search.has_more()) return false;
  // An engine that was never reached had no work with it.
  return !was_sent(end) || retries_.take(generation.request.exchange.loop().now());
}

RelayEnd InferenceRoute::no_place(Engine::Waited waited, const Engine& engine,
                                  const Generation& generation) {
  if (waited != Engine::Waited::Cancelled) {
    const std::string_view full = engine.has_queue() ? "queue_full" : "concurrency";
    return {.reason = waited == Engine::Waited::Full ? full : "queue_timeout",
            .code = ErrorCode::UpstreamOverloaded};
  }
  net::Exchange& exchange = generation.request.exchange;
  const std::optional<Cut>& cut = generation.active.cut();
  if (!cut || exchange.client_gone()) {
    return {.kind = RelayEnd::Kind::Abort, .reason = "client_gone"};
  }
  exchange.scope().revive(exchange.scope().within(kLastWords));
  return {.kind = RelayEnd::Kind::Abort, .reason = cut->reason, .code = cut->code, .refused = true};
}

net::Task<std::expected<TargetSearch::Pick, RelayEnd>> InferenceRoute::take_place(
    Generation& generation) {
  net::Scope& scope = generation.request.exchange.scope();
  const base::MonoTime deadline = scope.within(generation.routing.timeouts.queue);
  while (true) {
    auto pick = generation.search.next(scope.loop().now());
    if (!pick) {
      const bool egress = generation.search.lacks_acknowledgement();
      co_return std::unexpected(RelayEnd{.reason = egress ? "egress_unacknowledged" : "exhausted",
                                         .code = ErrorCode::NoUpstream});
    }
    if (pick->place) co_return *std::move(pick);
    Engine& engine = *generation.routing.upstreams->at(pick->target->upstream).spec.engine;
    const auto waited = co_await engine.wait_for_place(
        generation.caller.tenant().view(),
        work_of(generation.request.body, generation.view, generation.offer), scope, deadline);
    if (waited != Engine::Waited::Entered) {
      co_return std::unexpected(no_place(waited, engine, generation));
    }
    pick->place.emplace(engine);
    // While it waited the engine may have been ejected; then this was no place to wait for.
    if (pick->trial.is_one() || generation.search.is_good(*pick->target, scope.loop().now())) {
      co_return *std::move(pick);
    }
  }
}

net::Task<RelayEnd> InferenceRoute::ask_engine(Generation& generation, TargetSearch::Pick pick) {
  const inference::Target& target = *pick.target;
  service::Request& request = generation.request;
  Upstreams::One& upstream = generation.routing.upstreams->at(target.upstream);
  const access::ModelUse use =
      TargetSearch::use_of(generation.offer, target, *generation.routing.catalog);
  generation.active.goes_to(use);
  const bool meter = meters_stream(request, generation.view);
  const inference::EditedBody body(request.body, generation.view, target.model.view(), meter,
                                   generation.budget.add_max_tokens());
  generation.watch->begin(upstream.spec, target.model.view());
  EngineTry attempt(upstream, std::move(pick.trial), request.exchange.loop(), availability_);
  const RelayOrder order{.path = request.route->path,
                         .body = body,
                         .attempt = &attempt,
                         .stream = generation.view.stream,
                         .remove_usage = meter && !generation.view.wants_usage,
                         .cut = &generation.active.cut(),
                         .most_output = generation.budget.most_output(),
                         .trace_parent = generation.watch->trace_parent(),
                         .pace = generation.watch->pace()};
  Relay relay(request, upstream, generation.routing.timeouts, order);
  RelayEnd end = co_await relay.run();
  attempt.ended(verdict_of(end));
  generation.watch->end(end);
  if (use.hosted && was_sent(end)) {
    journal_.inference_egress(request, generation.caller,
                              {.upstream = upstream.spec.name.view(),
                               .destination = inference::destination_of(upstream.spec.url),
                               .bytes_out = body.size(),
                               .bytes_in = end.bytes_out});
  }
  co_return end;
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
