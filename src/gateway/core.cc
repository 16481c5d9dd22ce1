#include "gateway/core.h"

#include "gateway/models_json.h"
#include "gateway/routes.h"

#include <algorithm>

namespace srasta::gateway {
namespace {

net::ServerLimits limits_of(const config::Limits& limits) {
  net::ServerLimits out;
  out.head_timeout = limits.head_timeout;
  out.body_idle = limits.body_idle;
  out.keepalive_idle = limits.keepalive_idle;
  out.write_idle = limits.write_idle;
  out.connections = limits.connections;
  return out;
}

}  // namespace

Core::Core(net::Loop& loop, Shared& shared)
    : loop_(loop),
      shared_(shared),
      ids_(shared.clock, shared.entropy),
      journal_(shared.ledger),
      identity_(shared.clock, shared.ask_refresh),
      catalog_(std::make_shared<const inference::Catalog>(std::vector<inference::UpstreamState>{},
                                                          std::vector<inference::AliasRule>{})),
      upstreams_(loop, shared.blocking, shared.upstreams, shared.config.inference.timeouts.connect),
      inference_(upstreams_, catalog_, journal_, shared.log, shared.config.inference.timeouts),
      pipeline_({.routes = routes_,
                 .identity = identity_,
                 .journal = journal_,
                 .ids = ids_,
                 .log = shared.log,
                 .metrics = metrics_},
                {.json_body = shared.config.limits.json_body.count}),
      server_(loop, limits_of(shared.config.limits), pipeline_, shared.tls) {
  bind_routes();
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
  routes_.add_public(route::kKeys, [this](Request& request) {
    return service::answer_json(request, shared_.jwks);
  });
  const auto generate = [this](Request& request, const access::Caller& caller) {
    return inference_.serve(request, caller);
  };
  routes_.add(route::kChat, generate);
  routes_.add(route::kCompletions, generate);
  routes_.add(route::kEmbeddings, generate);
  routes_.add(route::kModels, [this](Request& request, const access::Caller& caller) {
    return answer_models(request, caller);
  });
  routes_.add(route::kModel, [this](Request& request, const access::Caller& caller) {
    return answer_model(request, caller);
  });
  routes_.add(route::kMetrics, [this](Request& request, const access::Caller& caller) {
    return answer_metrics(request, caller);
  });
}

Readiness Core::readiness() const {
  return {.ledger = shared_.ledger.healthy(),
          .identity = identity_.ready(),
          .inference = catalog_->any_reachable()};
}

net::Task<void> Core::answer_readiness(service::Request& request, bool inference) {
  const Readiness now = readiness();
  const bool good = inference ? now.ready() && now.inference : now.ready();
  const std::string body = readiness_json(now, good);
  const std::string fields = request.common_fields() + "Content-Type: application/json\r\n" +
                             (good ? "" : "Retry-After: 2\r\n");
  (void)co_await request.exchange.respond(good ? 200 : 503, fields, body);
}

net::Task<void> Core::answer_models(service::Request& request, const access::Caller& caller) {
  const std::string body = models_json(*catalog_);
  (void)journal_.served(request, caller);
  co_await service::answer_json(request, body);
}

net::Task<void> Core::answer_model(service::Request& request, const access::Caller& caller) {
  for (const inference::Catalog::Listed& model : catalog_->list()) {
    if (model.name.view() != request.path_parameter) continue;
    const std::string body = model_json(model);
    (void)journal_.served(request, caller);
    co_await service::answer_json(request, body);
    co_return;
  }
  journal_.refused(request, &caller, audit::Act::AuthzDeny, "model_unknown");
  co_await service::answer_error(request, service::ErrorCode::ModelNotFound, "model");
}

net::Task<void> Core::answer_metrics(service::Request& request, const access::Caller& caller) {
  (void)journal_.served(request, caller);
  const std::string page = shared_.metrics_page();
  co_await service::answer_json(request, page, "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace srasta::gateway
