// The part of a generation that asks engines: a place at one, the words that it understands, and
// what its answer says about it.
#include "gateway/client_interface.h"
#include "gateway/inference_route.h"
#include "inference/egress.h"
#include "inference/token_bound.h"

#include <string>

namespace srasta::gateway {
namespace {

using service::ErrorCode;

constexpr uint64_t kBytesPerToken = 4;
constexpr uint64_t kUsualOutput = 1024;

/// About what a request costs an engine, in tokens: between tenants that wait, work counts.
uint64_t work_of(std::string_view body, const inference::RequestView& view,
                 const inference::Offer& offer) {
  const int64_t asked = inference::asked_output(view.object).value_or(0);
  const uint64_t output =
      asked > 0 ? static_cast<uint64_t>(asked) : offer.default_max_tokens.value_or(kUsualOutput);
  return body.size() / kBytesPerToken + output;
}

/// What an answer says about its engine.
inference::TryVerdict verdict_of(const RelayEnd& end) {
  using inference::TryVerdict;
  const int status = end.upstream_status;
  if (!end.sent && !end.retryable) return TryVerdict::Unknown;  // it was not asked
  if (end.kind == RelayEnd::Kind::Complete) return TryVerdict::Good;
  if (end.kind == RelayEnd::Kind::Abort || status == 429) {
    return status > 0 && status != 429 ? TryVerdict::Good : TryVerdict::Unknown;
  }
  if (end.reason == "upstream_4xx" || end.reason == "in_stream_error") return TryVerdict::Good;
  const bool late = end.code == ErrorCode::UpstreamTimeout && status == 0;
  const bool away = end.code == ErrorCode::UpstreamUnreachable || end.code == ErrorCode::NoUpstream;
  return late || away ? TryVerdict::NoAnswer : TryVerdict::BadAnswer;
}

/// An answer of these is about the path, or about the model.
bool is_unknown(int status) {
  return status == 404 || status == 405 || status == 501;
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

std::optional<SpokenRequest::Unsayable> InferenceRoute::leave_out_unspoken(Generation& generation) {
  // What cannot be asked is estimated.
  if (generation.spoken.client().counts_tokens) return std::nullopt;
  const base::MonoTime now = generation.request.exchange.loop().now();
  std::optional<SpokenRequest::Unsayable> why;
  generation.search.leave_out([&](const inference::Target& target) {
    auto version = generation.spoken.version_for(
        generation.routing.upstreams->at(target.upstream).protocols, now);
    if (!version && !why) why = std::move(version.error());
    return !version;
  });
  return generation.search.has_more() ? std::nullopt : why;
}

bool InferenceRoute::may_try_again(const Generation& generation, const RelayEnd& end) {
  if (!end.retryable || !generation.search.has_more()) return false;
  // An engine that was never reached had no work with it.
  return !end.sent || retries_.take(generation.request.exchange.loop().now());
}

RelayEnd InferenceRoute::no_place(Engine::Waited waited, const Engine& engine,
                                  const Generation& generation) {
  if (waited != Engine::Waited::Cancelled) {
    const std::string_view full = engine.has_queue() ? "queue_full" : "concurrency";
    return {.reason = waited == Engine::Waited::Full ? full : "queue_timeout",
            .code = ErrorCode::UpstreamOverloaded};
  }
  auto cut = end_of_cut(generation.request.exchange, generation.active.cut());
  if (cut) return *std::move(cut);
  return {.kind = RelayEnd::Kind::Abort, .reason = "client_gone"};
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
    const UpstreamSpec& upstream = generation.routing.upstreams->at(pick->target->upstream).spec;
    Engine& engine = *upstream.engine;
    const base::MonoTime began = scope.loop().now();
    const auto waited = co_await engine.wait_for_place(
        generation.caller.tenant().view(),
        work_of(generation.request.content(), generation.view, generation.offer), scope, deadline);
    if (waited != Engine::Waited::Full) generation.watch->waited(upstream, began);
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
  const Upstreams::One& upstream = generation.routing.upstreams->at(target.upstream);
  const access::ModelUse use =
      TargetSearch::use_of(generation.offer, target, *generation.routing.catalog);
  generation.active.goes_to(use);
  generation.watch->begin(upstream.spec, target.model.view());
  EngineTry attempt(generation.routing.upstreams->at(target.upstream), std::move(pick.trial),
                    generation.request.exchange.loop(), availability_);
  RelayEnd end = co_await ask_in_words(generation, target, attempt);
  attempt.ended(verdict_of(end));
  generation.watch->end(end);
  if (use.hosted && end.bytes_sent > 0) {
    journal_.inference_egress(generation.request, generation.caller,
                              {.upstream = upstream.spec.name.view(),
                               .destination = inference::destination_of(upstream.spec.url),
                               .bytes_out = end.bytes_sent,
                               .bytes_in = end.bytes_out});
  }
  co_return end;
}

net::Task<RelayEnd> InferenceRoute::ask_in_words(Generation& generation,
                                                 const inference::Target& target,
                                                 EngineTry& attempt) {
  SpokenRequest& spoken = generation.spoken;
  SpokenProtocols& server = generation.routing.upstreams->at(target.upstream).protocols;
  const base::MonoTime now = generation.request.exchange.loop().now();
  auto version = spoken.version_for(server, now);
  uint64_t sent_in_vain = 0;
  if (version) {
    RelayEnd end = co_await relay(generation, target, *version, attempt);
    if (!end.not_spoken) co_return end;
    // Nothing was generated, so it can be asked again.
    sent_in_vain = end.bytes_sent;
    const dialects::Protocol missed = version->way.engine;
    version = spoken.version_for(server, now, missed);
    if (version) {
      end = co_await relay(generation, target, *version, attempt);
      end.bytes_sent += sent_in_vain;
      // Where the other path is unknown, too, it is the model that is not there.
      if (!is_unknown(end.upstream_status)) server.miss(missed, now);
      co_return end;
    }
  }
  RelayEnd end;
  if (spoken.client().counts_tokens) {
    end = co_await answer_estimate(generation.request, generation.view);
  } else {
    end = {.reason = version.error().reason,
           .code = version.error().code,
           .detail = {},
           .param = version.error().param};
  }
  end.bytes_sent = sent_in_vain;
  co_return end;
}

net::Task<RelayEnd> InferenceRoute::relay(Generation& generation, const inference::Target& target,
                                          const SpokenRequest::Version& version,
                                          EngineTry& attempt) {
  using dialects::Protocol;
  const ClientInterface& client = generation.spoken.client();
  const bool meter =
      generation.view.stream && client.generates() && version.way.engine == Protocol::Chat;
  std::optional<uint64_t> max_tokens = generation.budget.add_max_tokens();
  // Engines of Messages want a limit.
  const bool wants_limit = client.generates() && version.way.engine == Protocol::Messages;
  if (wants_limit && !max_tokens) max_tokens = limits_.limits().default_output;
  const inference::EditedBody body(version.body, *version.view, target.model.view(), meter,
                                   max_tokens, version.way.engine);
  const bool own = !version.translated;
  const RelayOrder order{
      .path = version.path,
      .body = body,
      .attempt = &attempt,
      .stream = generation.view.stream,
      .remove_usage = meter && own && !generation.view.wants_usage,
      .way = version.way,
      .client_body = generation.request.body,
      .now = std::chrono::duration_cast<base::Seconds>(clock_.wall().time_since_epoch()).count(),
      .may_be_unknown = own && (version.way.engine == Protocol::Responses ||
                                version.way.engine == Protocol::Messages),
      .cut = &generation.active.cut(),
      .most_output = generation.budget.most_output(),
      .trace_parent = generation.watch->trace_parent(),
      .pace = generation.watch->pace()};
  Relay one(generation.request, generation.routing.upstreams->at(target.upstream),
            generation.routing.timeouts, order);
  co_return co_await one.run();
}

}  // namespace srasta::gateway
