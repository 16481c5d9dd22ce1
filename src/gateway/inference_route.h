#pragma once

#include "access/caller.h"
#include "gateway/active_generations.h"
#include "gateway/budget_keeper.h"
#include "gateway/caller_limits.h"
#include "gateway/generation_budget.h"
#include "gateway/relay.h"
#include "gateway/spoken_request.h"
#include "gateway/upstreams.h"
#include "inference/catalog.h"
#include "inference/request_edit.h"
#include "service/journal.h"
#include "service/request.h"

#include <memory>

namespace srasta::gateway {

/// What one core routes by: replaced as a whole, held by each request until it ends.
struct Routing {
  std::shared_ptr<const inference::Catalog> catalog;
  std::shared_ptr<const Upstreams> upstreams;  ///< in the catalog's order
  config::UpstreamTimeouts timeouts;
};
using RoutingSlot = std::shared_ptr<const Routing>;

/// Serves the generating routes and embeddings: model policy, choice of a server, relay, evidence.
/// One per core.
class InferenceRoute {
 public:
  /// `routing`: the core's slot, never empty.
  InferenceRoute(const RoutingSlot& routing, const CoreLimitGate& limits, BudgetKeeper& budgets,
                 ActiveGenerations& active, service::Journal& journal, base::Log& log,
                 const base::Clock& clock)
      : routing_(routing),
        limits_(limits),
        budgets_(budgets),
        active_(active),
        journal_(journal),
        log_(log),
        clock_(clock) {}

  net::Task<void> serve(service::Request& request, const access::Caller& caller);

 private:
  net::Task<void> refuse(service::Request& request, const access::Caller& caller,
                         inference::BodyFault fault);
  net::Task<void> refuse_model(service::Request& request, const access::Caller& caller,
                               std::string_view model, const inference::Catalog& catalog);
  net::Task<void> generate(service::Request& request, const access::Caller& caller,
                           const inference::RequestView& view, const Routing& routing,
                           std::vector<inference::Target> targets,
                           const ActiveGenerations::Entry& active, GenerationBudget budget);
  struct Asking;
  /// One server, in a language that it speaks; once more in another when it does not know that one.
  net::Task<RelayEnd> ask(const Asking& asking, const inference::Target& target);
  net::Task<RelayEnd> relay(const Asking& asking, const inference::Target& target,
                            const SpokenRequest::Version& version);
  /// The limits that need the model, the bound on streams, and the budgets; answers a refusal.
  net::Task<std::optional<GenerationBudget>> pass_limits(
      service::Request& request, const access::Caller& caller, const inference::RequestView& view,
      std::optional<uint64_t> default_max_tokens,
      std::optional<access::ConcurrencyLimits::Slot>& slot);
  net::Task<void> stop(service::Request& request, const access::Caller& caller,
                       service::ErrorCode code, audit::Act act, std::string_view reason,
                       std::string_view param, std::string_view fields);
  net::Task<void> record_end(const service::Request& request, const access::Caller& caller,
                             const Upstreams::One& upstream, const inference::Target& target,
                             const RelayEnd& end, std::optional<service::Journal::Charge> charge);

  const RoutingSlot& routing_;
  const CoreLimitGate& limits_;
  BudgetKeeper& budgets_;
  ActiveGenerations& active_;
  service::Journal& journal_;
  base::Log& log_;
  const base::Clock& clock_;
};

}  // namespace srasta::gateway
