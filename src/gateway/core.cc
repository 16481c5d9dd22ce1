#include "gateway/core.h"

#include "gateway/access_route.h"
#include "gateway/engines_json.h"
#include "gateway/models_json.h"
#include "gateway/protected_resource.h"
#include "gateway/routes.h"
#include "gateway/target_search.h"
#include "identity/issuer.h"

#include <algorithm>

namespace srasta::gateway {
namespace {

net::ServerLimits limits_of(const config::Limits& limits) {
  net::ServerLimits out;
  out.head_timeout = limits.head_timeout;
  out.body_idle = limits.body_idle;
  out.body_total = limits.body_total;
  out.keepalive_idle = limits.keepalive_idle;
  out.write_idle = limits.write_idle;
  out.connections = limits.connections;
  return out;
}

std::shared_ptr<const inference::Catalog> empty_catalog() {
  return std::make_shared<const inference::Catalog>(std::vector<inference::UpstreamState>{},
                                                    std::vector<inference::AliasRule>{});
}

}  // namespace

/// What is due on each core once a second.
class Core::EverySecond final : public net::Timer {
 public:
  explicit EverySecond(Core& core) : core_(core) { arm(); }

 private:
  void arm() { core_.loop_.timers().arm(*this, core_.loop_.now() + base::Seconds(1)); }
  void on_timeout() override {
    core_.journal_.record_floods(core_.loop_.now());
    arm();
  }
  Core& core_;
};

Core::Core(net::Loop& loop, Shared& shared, std::shared_ptr<const Plan> plan)
    : loop_(loop),
      shared_(shared),
      plan_(std::move(plan)),
      ids_(shared.clock, shared.entropy),
      journal_(shared.ledger, shared.clock),
      sources_(shared.sources, journal_, loop),
      identity_({.clock = shared.clock,
                 .sources = shared.sources,
                 .ask_refresh = shared.ask_refresh,
                 .access_epoch = shared.access_epoch,
                 .ask_access = shared.ask_access,
                 .commitments = shared.commitments,
                 .url = shared.url}),
      limits_(plan_->limits),
      inference_(routing_, limits_, shared.budgets, active_, generations_, journal_, shared.log,
                 shared.clock, shared.retries),
      pipeline_({.clock = shared.clock,
                 .routes = routes_,
                 .sources = sources_,
                 .identity = identity_,
                 .limits = limits_,
                 .bodies = shared.bodies,
                 .journal = journal_,
                 .ids = ids_,
                 .log = shared.log,
                 .metrics = metrics_,
                 .accept_failures = shared.accept_failures,
                 .resource_metadata = shared.resource_metadata,
                 .uploads = &shared.uploads},
                {}),
      server_(loop, {}, pipeline_, plan_->tls),
      every_second_(std::make_unique<EverySecond>(*this)) {
  bind_routes();
  apply_plan();
  route_by(empty_catalog(),
           std::make_shared<const Upstreams>(loop_, shared_.blocking, plan_->upstreams,
                                             plan_->config.inference.timeouts.connect));
}

Core::~Core() {
  // Counts of windows that have not ended are written as they are.
  journal_.record_floods(base::MonoTime::max());
}

void Core::apply_plan() {
  const config::Limits& limits = plan_->config.limits;
  pipeline_.set({.json_body = limits.json_body.count, .upload = limits.multipart_body.count});
  server_.set_limits(limits_of(limits));
  server_.set_tls(plan_->tls);
  limits_.replace(plan_->limits);
  sources_.trust(plan_->config.trusted_proxies);
  identity_.commit_all(plan_->config.audit.identifiers == config::Identifiers::Committed);
  journal_.set_floods({.single_records = limits.source.refusal_records}, loop_.now());
}

void Core::route_by(std::shared_ptr<const inference::Catalog> catalog,
                    std::shared_ptr<const Upstreams> upstreams) {
  upstreams->permit(catalog->upstreams());
  auto routing = std::make_shared<const Routing>(std::move(catalog), std::move(upstreams),
                                                 plan_->config.inference.timeouts);
  const std::scoped_lock lock(routing_mutex_);
  // The old one goes on this loop, with the connections that nobody uses any more.
  routing_.swap(routing);
}

void Core::adopt(std::shared_ptr<const Plan> plan,
                 std::shared_ptr<const inference::Catalog> catalog) {
  plan_ = std::move(plan);
  apply_plan();
  route_by(std::move(catalog),
           std::make_shared<const Upstreams>(loop_, shared_.blocking, plan_->upstreams,
                                             plan_->config.inference.timeouts.connect,
                                             routing_->upstreams.get()));
}

void Core::replace_catalog(uint64_t plan, std::shared_ptr<const inference::Catalog> catalog) {
  if (plan == plan_->revision) route_by(std::move(catalog), routing_->upstreams);
}

std::vector<UpstreamCounts> Core::upstream_counts() const {
  const std::scoped_lock lock(routing_mutex_);
  std::vector<UpstreamCounts> counts;
  for (const auto& one : routing_->upstreams->all()) {
    counts.push_back(
        {one->spec.name, one->requests.value(), one->failures.value(), one->spec.engine});
  }
  return counts;
}

void Core::bind_routes() {
  using service::Request;
  routes_.add_public(route::kHealth, [](Request& request) {
    return service::answer_json(request, R"({"status":"ok"})");
  });
  routes_.add_public(route::kReady,
                     [this](Request& request) { return answer_readiness(request, false); });
  routes_.add_public(route::kReadyInference,
                     [this](Request& request) { return answer_readiness(request, true); });
  routes_.add_public(route::kOpenApi, [this](Request& request) {
    return service::answer_json(request, shared_.openapi);
  });
  routes_.add_public(route::kDiscovery, [this](Request& request) {
    return service::answer_json(request, shared_.discovery);
  });
  routes_.add_public(route::kAuthorizationServer, [this](Request& request) {
    return service::answer_json(request, shared_.discovery);
  });
  routes_.add_public(route::kKeys, [this](Request& request) { return answer_keys(request); });
  routes_.add_public(route::kProtectedResource,
                     [this](Request& request) { return answer_protected_resource(request, ""); });
  routes_.add_public(route::kProtectedMcp, [this](Request& request) {
    return answer_protected_resource(request, service::kMcpPath);
  });
  const auto generate = [this](Request& request, const access::Caller& caller) {
    return inference_.serve(request, caller);
  };
  for (const service::RouteSpec* route :
       {&route::kChat, &route::kCompletions, &route::kEmbeddings, &route::kResponses,
        &route::kMessages, &route::kCountTokens, &route::kRerank, &route::kModerations,
        &route::kSpeech, &route::kTranscriptions, &route::kTranslations, &route::kImages,
        &route::kImageEdits, &route::kImageVariations, &route::kOllamaChat, &route::kOllamaGenerate,
        &route::kOllamaEmbed}) {
    routes_.add(*route, generate);
  }
  routes_.add(route::kModels, [this](Request& request, const access::Caller& caller) {
    return answer_models(request, caller);
  });
  routes_.add(route::kOllamaTags, [this](Request& request, const access::Caller& caller) {
    return answer_tags(request, caller);
  });
  routes_.add(route::kModel, [this](Request& request, const access::Caller& caller) {
    return answer_model(request, caller);
  });
  routes_.add(route::kExplain, [this](Request& request, const access::Caller& caller) {
    return answer_explain(request, caller, identity_.access(), journal_, shared_.clock.wall());
  });
  routes_.add(route::kEngines, [this](Request& request, const access::Caller& caller) {
    return answer_engines(request, caller);
  });
  routes_.add(route::kMetrics, [this](Request& request, const access::Caller& caller) {
    return answer_metrics(request, caller);
  });
  for (service::HostedPlane* plane : shared_.planes) {
    planes_.push_back(plane->open_core({.loop = loop_,
                                        .blocking = shared_.blocking,
                                        .clock = shared_.clock,
                                        .ledger = shared_.ledger,
                                        .journal = journal_,
                                        .log = shared_.log,
                                        .url = shared_.url}));
    planes_.back()->bind(routes_);
    if (auto* const sessions = planes_.back()->sessions()) identity_.use_sessions(*sessions);
    if (auto* const tracer = planes_.back()->tracer()) pipeline_.trace_by(*tracer);
  }
}

Readiness Core::readiness() const {
  return {.ledger = shared_.ledger.healthy(),
          .identity = identity_.ready(),
          .access = identity_.has_recorded_rules(),
          .keys = identity_.has_all_keys(),
          .inference = routing_->catalog->any_reachable()};
}

net::Task<void> Core::answer_readiness(service::Request& request, bool inference) {
  const Readiness now = readiness();
  const bool good = inference ? now.ready() && now.inference : now.ready();
  const std::string body = readiness_json(now, good);
  const std::string fields = request.common_fields() + "Content-Type: application/json\r\n" +
                             (good ? "" : "Retry-After: 2\r\n");
  (void)co_await request.exchange.respond(good ? 200 : 503, fields, body);
}

net::Task<void> Core::answer_keys(service::Request& request) {
  std::vector<std::string> jwks = {shared_.host_jwk};
  if (identity_.ready()) {
    const auto& more = identity_.access().issuer_keys();
    jwks.insert(jwks.end(), more.begin(), more.end());
  }
  const std::string body = identity::jwks_document(jwks);
  co_await service::answer_json(request, body);
}

net::Task<void> Core::answer_protected_resource(service::Request& request, std::string_view path) {
  const std::string body = protected_resource_json(shared_.url, path, plan_->config);
  co_await service::answer_json(request, body);
}

net::Task<void> Core::answer_recorded(service::Request& request, const access::Caller& caller,
                                      std::string_view body, std::string_view content_type) {
  const auto recorded = co_await journal_.served(request, caller);
  if (recorded) {
    co_await service::answer_json(request, body, content_type);
  } else {
    co_await service::answer_error(request, service::ErrorCode::AuditUnavailable);
  }
}

net::Task<void> Core::answer_models(service::Request& request, const access::Caller& caller) {
  // Anthropic's clients ask at the same path, and always say their version.
  const bool anthropic = request.exchange.head().fields.find("anthropic-version").has_value();
  const std::string body = anthropic ? anthropic_models_json(*routing_->catalog, caller.models())
                                     : models_json(*routing_->catalog, caller.models());
  co_await answer_recorded(request, caller, body);
}

net::Task<void> Core::answer_tags(service::Request& request, const access::Caller& caller) {
  const std::string body = ollama_tags_json(*routing_->catalog, caller.models());
  co_await answer_recorded(request, caller, body);
}

net::Task<void> Core::answer_model(service::Request& request, const access::Caller& caller) {
  const RoutingSlot routing = routing_;
  const inference::Offer* const model = routing->catalog->find(request.path_parameter);
  if (model != nullptr && is_offered(*model, *routing->catalog, caller.models())) {
    const std::string body = model_json(*model);
    co_await answer_recorded(request, caller, body);
    co_return;
  }
  const bool allowed = caller.models().allows(request.path_parameter);
  co_await journal_.refused(request, &caller, audit::Act::AuthzDeny,
                            allowed ? "model_unknown" : "model_not_allowed");
  co_await service::answer_error(request, service::ErrorCode::ModelNotFound);
}

net::Task<void> Core::answer_engines(service::Request& request, const access::Caller& caller) {
  const RoutingSlot routing = routing_;
  const std::string body = engines_json(*routing->catalog, *routing->upstreams, loop_.now());
  co_await answer_recorded(request, caller, body);
}

net::Task<void> Core::answer_metrics(service::Request& request, const access::Caller& caller) {
  const std::string page = shared_.metrics_page();
  co_await answer_recorded(request, caller, page, "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace srasta::gateway
