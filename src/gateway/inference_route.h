#pragma once

#include "access/caller.h"
#include "gateway/relay.h"
#include "gateway/upstreams.h"
#include "inference/catalog.h"
#include "inference/request_edit.h"
#include "service/journal.h"
#include "service/request.h"

#include <memory>

namespace srasta::gateway {

/// The latest catalog, as one core holds it.
using CatalogSlot = std::shared_ptr<const inference::Catalog>;

/// Serves the generating routes and embeddings: model policy, choice of a server, relay, evidence.
/// One per core.
class InferenceRoute {
 public:
  InferenceRoute(Upstreams& upstreams, const CatalogSlot& catalog, service::Journal& journal,
                 base::Log& log, const config::UpstreamTimeouts& timeouts)
      : upstreams_(upstreams),
        catalog_(catalog),
        journal_(journal),
        log_(log),
        timeouts_(timeouts) {}

  net::Task<void> serve(service::Request& request, const access::Caller& caller);

 private:
  net::Task<void> refuse(service::Request& request, const access::Caller& caller,
                         inference::BodyFault fault);
  net::Task<void> refuse_model(service::Request& request, const access::Caller& caller,
                               std::string_view model, const inference::Catalog& catalog);
  net::Task<void> generate(service::Request& request, const access::Caller& caller,
                           const inference::RequestView& view, const inference::Catalog& catalog,
                           std::vector<inference::Target> targets);
  void order_targets(std::vector<inference::Target>& targets, const inference::Catalog& catalog);
  void record_end(const service::Request& request, const access::Caller& caller,
                  const inference::Target& target, const RelayEnd& end);

  Upstreams& upstreams_;
  const CatalogSlot& catalog_;
  service::Journal& journal_;
  base::Log& log_;
  const config::UpstreamTimeouts& timeouts_;
};

}  // namespace srasta::gateway
