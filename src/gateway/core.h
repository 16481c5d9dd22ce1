#pragma once

#include "audit/ledger.h"
#include "base/log.h"
#include "base/ulid.h"
#include "config/config.h"
#include "gateway/generation_metrics.h"
#include "gateway/identity_gate.h"
#include "gateway/inference_route.h"
#include "gateway/plan.h"
#include "gateway/readiness.h"
#include "gateway/source_gate.h"
#include "gateway/upstreams.h"
#include "net/http_server.h"
#include "service/hosted_plane.h"
#include "service/pipeline.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace srasta::gateway {

/// What all cores share; everything in it is immutable or safe to use from any thread.
struct Shared {
  const base::Clock& clock;
  base::Entropy& entropy;
  base::Log& log;
  audit::Ledger& ledger;
  net::BlockingPool& blocking;
  access::SourceLimits& sources;
  net::BodyBudget& bodies;
  const service::UploadSpace& uploads;
  inference::RetryBudget& retries;
  service::Throttle& accept_failures;
  std::string openapi;
  std::string discovery;          ///< of the built-in issuer; set before the first request
  std::string host_jwk;           ///< its key on the host, likewise
  std::string url;                ///< of this gateway; set before the first request
  std::string resource_metadata;  ///< URL of its metadata, likewise
  std::function<std::string()> metrics_page;
  CoreIdentityGate::AskRefresh ask_refresh;
  BudgetKeeper& budgets;
  CommitmentKeeper& commitments;
  const base::SharedWord& access_epoch;
  std::function<void()> ask_access;
  const std::vector<service::HostedPlane*>& planes;
};

/// What one core sent to one inference server, and how that stands on all of them.
struct UpstreamCounts {
  base::UpstreamName name;
  uint64_t requests = 0;
  uint64_t failures = 0;
  std::shared_ptr<const Engine> engine;
};

/// Everything that one event loop owns: server, gates, connections to engines. Used on its loop
/// only.
class Core {
 public:
  Core(net::Loop& loop, Shared& shared, std::shared_ptr<const Plan> plan);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core();

  [[nodiscard]] net::Loop& loop() { return loop_; }
  [[nodiscard]] net::HttpServer& server() { return server_; }
  [[nodiscard]] const service::PipelineMetrics& metrics() const { return metrics_; }
  /// What was sent to each server under the plan in force. Any thread.
  [[nodiscard]] std::vector<UpstreamCounts> upstream_counts() const;
  /// Any thread.
  [[nodiscard]] const GenerationMetrics& generations() const { return generations_; }

  /// Also ends what is not allowed any more.
  void replace_identity(std::shared_ptr<const identity::IdentitySnapshot> snapshot) {
    active_.recheck(snapshot);
    for (const auto& plane : planes_) plane->recheck(snapshot);
    identity_.replace(std::move(snapshot));
  }
  void access_recorded(uint64_t epoch) { identity_.rules_recorded(epoch); }
  [[nodiscard]] Readiness readiness() const;
  /// A reload: requests that run go on as they began.
  void adopt(std::shared_ptr<const Plan> plan, std::shared_ptr<const inference::Catalog> catalog);
  /// A catalog of another plan than the one in force is dropped.
  void replace_catalog(uint64_t plan, std::shared_ptr<const inference::Catalog> catalog);

 private:
  class EverySecond;

  void bind_routes();
  void apply_plan();
  void route_by(std::shared_ptr<const inference::Catalog> catalog,
                std::shared_ptr<const Upstreams> upstreams);
  net::Task<void> answer_readiness(service::Request& request, bool inference);
  net::Task<void> answer_protected_resource(service::Request& request, std::string_view path);
  net::Task<void> answer_keys(service::Request& request);
  /// Answers once the record is taken. The views must outlive the task.
  net::Task<void> answer_recorded(service::Request& request, const access::Caller& caller,
                                  std::string_view body,
                                  std::string_view content_type = "application/json");
  net::Task<void> answer_models(service::Request& request, const access::Caller& caller);
  net::Task<void> answer_tags(service::Request& request, const access::Caller& caller);
  net::Task<void> answer_model(service::Request& request, const access::Caller& caller);
  net::Task<void> answer_engines(service::Request& request, const access::Caller& caller);
  net::Task<void> answer_metrics(service::Request& request, const access::Caller& caller);

  net::Loop& loop_;
  Shared& shared_;
  std::shared_ptr<const Plan> plan_;
  base::UlidSource ids_;
  service::Journal journal_;
  service::PipelineMetrics metrics_;
  CoreSourceGate sources_;
  CoreIdentityGate identity_;
  RoutingSlot routing_;
  mutable std::mutex routing_mutex_;  // for readers on other threads; this loop alone writes
  CoreLimitGate limits_;
  ActiveGenerations active_;
  GenerationMetrics generations_;
  InferenceRoute inference_;
  std::vector<std::unique_ptr<service::CorePlane>> planes_;
  service::RouteTable routes_;
  service::Pipeline pipeline_;
  net::HttpServer server_;
  std::unique_ptr<EverySecond> every_second_;
};

}  // namespace srasta::gateway
