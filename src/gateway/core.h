#pragma once

#include "audit/ledger.h"
#include "base/log.h"
#include "base/ulid.h"
#include "config/config.h"
#include "gateway/identity_gate.h"
#include "gateway/inference_route.h"
#include "gateway/readiness.h"
#include "gateway/upstreams.h"
#include "net/http_server.h"
#include "service/pipeline.h"

#include <functional>
#include <memory>
#include <vector>

namespace srasta::gateway {

/// What all cores share; everything in it is immutable or safe to use from any thread.
struct Shared {
  const base::Clock& clock;
  base::Entropy& entropy;
  base::Log& log;
  audit::Ledger& ledger;
  net::BlockingPool& blocking;
  const config::Config& config;
  const std::vector<UpstreamSpec>& upstreams;
  std::shared_ptr<const net::TlsContext> tls;
  std::string openapi;
  std::string discovery;  ///< of the built-in issuer; set before the first request, like jwks
  std::string jwks;
  std::function<std::string()> metrics_page;
  CoreIdentityGate::AskRefresh ask_refresh;
};

/// Everything that one event loop owns: server, gates, connections to engines. Used on its loop
/// only.
class Core {
 public:
  Core(net::Loop& loop, Shared& shared);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  [[nodiscard]] net::Loop& loop() { return loop_; }
  [[nodiscard]] net::HttpServer& server() { return server_; }
  [[nodiscard]] const service::PipelineMetrics& metrics() const { return metrics_; }
  [[nodiscard]] const Upstreams& upstreams() const { return upstreams_; }

  void replace_identity(std::shared_ptr<const identity::IdentitySnapshot> snapshot) {
    identity_.replace(std::move(snapshot));
  }
  [[nodiscard]] Readiness readiness() const;
  void replace_catalog(CatalogSlot catalog) { catalog_ = std::move(catalog); }

 private:
  void bind_routes();
  net::Task<void> answer_readiness(service::Request& request, bool inference);
  net::Task<void> answer_models(service::Request& request, const access::Caller& caller);
  net::Task<void> answer_model(service::Request& request, const access::Caller& caller);
  net::Task<void> answer_metrics(service::Request& request, const access::Caller& caller);

  net::Loop& loop_;
  Shared& shared_;
  base::UlidSource ids_;
  service::Journal journal_;
  service::PipelineMetrics metrics_;
  CoreIdentityGate identity_;
  CatalogSlot catalog_;
  Upstreams upstreams_;
  InferenceRoute inference_;
  service::RouteTable routes_;
  service::Pipeline pipeline_;
  net::HttpServer server_;
};

}  // namespace srasta::gateway
