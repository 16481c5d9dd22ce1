#include "gateway/inference_route.h"

#include "gateway/client_interface.h"
#include "inference/token_bound.h"

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

/// Whether anything can be said to one of the servers; those that can be told nothing are left out.
std::optional<SpokenRequest::Unsayable> leave_out_unspoken(SpokenRequest& spoken,
                                                           std::vector<inference::Target>& targets,
                                                           const Upstreams& upstreams,
                                                           base::MonoTime now) {
  // What cannot be asked is estimated.
  if (spoken.client().counts_tokens) return std::nullopt;
  std::optional<SpokenRequest::Unsayable> why;
  std::erase_if(targets, [&](const inference::Target& target) {
    auto version = spoken.version_for(upstreams.at(target.upstream).protocols, now);
    if (!version && !why) why = std::move(version.error());
    return !version;
  });
  return targets.empty() ? why : std::nullopt;
}

/// An answer of these is about the path, or about the model.
bool is_unknown(int status) {
  return status == 404 || status == 405 || status == 501;
}

/// There is no route by which an answer in the background could be fetched, or its use be metered.
bool asks_for_background(const ClientInterface& client, const inference::RequestView& view) {
  const json::Member* const background = view.object.find("background");
  return client.kind == inference::BodyKind::Responses && background != nullptr &&
         background->value == "true";
}

/// An honest guess where no engine counts: four bytes of text are about one token.
net::Task<RelayEnd> answer_estimate(service::Request& request, const inference::RequestView& view) {
  const std::string body =
      "{\"input_tokens\":" + std::to_string(inference::estimate_tokens(view.object)) + "}";
  const std::string fields =
      request.common_fields() +
      "Content-Type: application/json\r\nx-srasta-estimated: input_tokens\r\n";
  const bool sent = co_await request.exchange.respond(200, fields, body);
  co_return RelayEnd{.kind = sent ? RelayEnd::Kind::Complete : RelayEnd::Kind::Abort,
                     .reason = sent ? "" : "client_gone",
                     .bytes_out = body.size()};
}

}  // namespace

net::Task<void> InferenceRoute::serve(service::Request& request, const access::Caller& caller) {
  const ClientInterface client = interface_of(request.route->path);
  const inference::RequestView view =
      inference::read_request(request.body, client.streams_by_default);
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

struct InferenceRoute::Asking {
  service::Request& request;
  SpokenRequest& spoken;
  const inference::RequestView& view;
  const Routing& routing;
  const ActiveGenerations::Entry& active;
  const GenerationBudget& budget;
};

net::Task<void> InferenceRoute::generate(service::Request& request, const access::Caller& caller,
                                         const inference::RequestView& view, const Routing& routing,
                                         std::vector<inference::Target> targets,
                                         const ActiveGenerations::Entry& active,
                                         GenerationBudget budget) {
  SpokenRequest spoken(request.route->path, request.body, view);
  if (const auto why =
          leave_out_unspoken(spoken, targets, *routing.upstreams, request.exchange.loop().now())) {
    budget.cancel();
    co_await stop(request, caller, why->code, audit::Act::InferenceRequest, why->reason, why->param,
                  {});
    co_return;
  }
  order_targets(targets, routing);
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
  const Asking asking{request, spoken, view, routing, active, budget};
  RelayEnd end;
  const inference::Target* used = nullptr;
  for (const inference::Target& target : targets) {
    used = &target;
    end = co_await ask(asking, target);
    if (!end.retryable) break;
  }
  co_await record_end(request, caller, routing.upstreams->at(used->upstream), *used, end,
                      budget.settle(end));
  if (end.code) {
    const std::string fields =
        end.retry_after.empty() ? "" : "Retry-After: " + end.retry_after + "\r\n";
    co_await service::answer_error(request, *end.code, end.param, fields);
  }
}

net::Task<RelayEnd> InferenceRoute::ask(const Asking& asking, const inference::Target& target) {
  SpokenProtocols& server = asking.routing.upstreams->at(target.upstream).protocols;
  const base::MonoTime now = asking.request.exchange.loop().now();
  auto version = asking.spoken.version_for(server, now);
  if (version) {
    RelayEnd end = co_await relay(asking, target, *version);
    if (!end.not_spoken) co_return end;
    // Nothing was generated, so it can be asked again.
    const dialects::Protocol missed = version->engine;
    version = asking.spoken.version_for(server, now, missed);
    if (version) {
      end = co_await relay(asking, target, *version);
      // Where the other path is unknown, too, it is the model that is not there.
      if (!is_unknown(end.upstream_status)) server.miss(missed, now);
      co_return end;
    }
  }
  if (asking.spoken.client().counts_tokens) {
    co_return co_await answer_estimate(asking.request, asking.view);
  }
  co_return RelayEnd{.reason = version.error().reason,
                     .code = version.error().code,
                     .detail = {},
                     .param = version.error().param};
}

net::Task<RelayEnd> InferenceRoute::relay(const Asking& asking, const inference::Target& target,
                                          const SpokenRequest::Version& version) {
  using dialects::Protocol;
  const ClientInterface& client = asking.spoken.client();
  const bool meter = asking.view.stream && client.generates() && version.engine == Protocol::Chat;
  std::optional<uint64_t> max_tokens = asking.budget.add_max_tokens();
  // Engines of Messages want a limit.
  const bool wants_limit = client.generates() && version.engine == Protocol::Messages;
  if (wants_limit && !max_tokens) max_tokens = limits_.limits().default_output;
  const inference::EditedBody body(version.body, *version.view, target.model.view(), meter,
                                   max_tokens, version.engine);
  const bool own = !version.translated;
  const RelayOrder order{
      .path = version.path,
      .body = body,
      .stream = asking.view.stream,
      .remove_usage = meter && own && !asking.view.wants_usage,
      .client = client.protocol,
      .engine = version.engine,
      .client_body = asking.request.body,
      .now = std::chrono::duration_cast<base::Seconds>(clock_.wall().time_since_epoch()).count(),
      .may_be_unknown =
          own && (version.engine == Protocol::Responses || version.engine == Protocol::Messages),
      .cut = &asking.active.cut(),
      .most_output = asking.budget.most_output()};
  Relay one(asking.request, asking.routing.upstreams->at(target.upstream), asking.routing.timeouts,
            order);
  co_return co_await one.run();
}

net::Task<void> InferenceRoute::record_end(const service::Request& request,
                                           const access::Caller& caller,
                                           const Upstreams::One& upstream,
                                           const inference::Target& target, const RelayEnd& end,
                                           std::optional<service::Journal::Charge> charge) {
  // Bytes behind a whole answer are the server's error, though the client has what it asked for.
  const bool clean = end.kind == RelayEnd::Kind::Complete && end.reason.empty();
  const audit::Act act = clean                               ? audit::Act::InferenceComplete
                         : end.kind == RelayEnd::Kind::Abort ? audit::Act::InferenceAbort
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
