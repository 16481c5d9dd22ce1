#pragma once

#include "access/caller.h"
#include "gateway/active_generations.h"
#include "gateway/budget_keeper.h"
#include "gateway/caller_limits.h"
#include "gateway/engine_try.h"
#include "gateway/generation_budget.h"
#include "gateway/generation_watch.h"
#include "gateway/relay.h"
#include "gateway/spoken_request.h"
#include "gateway/target_search.h"
#include "gateway/upstreams.h"
#include "inference/catalog.h"
#include "inference/request_edit.h"
#include "inference/retry_budget.h"
#include "service/journal.h"
#include "service/request.h"

#include <expected>
#include <memory>
#include <optional>
#include <vector>

namespace srasta::gateway {

/// What one core routes by: replaced as a whole, held by each request until it ends.
class Routing {
 public:
  Routing(std::shared_ptr<const inference::Catalog> the_catalog,
          std::shared_ptr<const Upstreams> the_upstreams, config::UpstreamTimeouts the_timeouts)
      : catalog(std::move(the_catalog)),
        upstreams(std::move(the_upstreams)),
        timeouts(the_timeouts),
        turns_(std::make_unique<std::vector<inference::Turns>>(catalog->offers().size())) {}

  const std::shared_ptr<const inference::Catalog> catalog;
  const std::shared_ptr<const Upstreams> upstreams;  ///< in the catalog's order
  const config::UpstreamTimeouts timeouts;

  /// Of an offer of the catalog.
  [[nodiscard]] inference::Turns& turns_of(const inference::Offer& offer) const {
    return (*turns_)[static_cast<size_t>(&offer - catalog->offers().data())];
  }

 private:
  const std::unique_ptr<std::vector<inference::Turns>> turns_;
};
using RoutingSlot = std::shared_ptr<const Routing>;

/// Serves the generating routes and embeddings: model policy, choice of a server, relay, evidence.
/// One per core.
class InferenceRoute {
 public:
  /// `routing`: the core's slot, never empty.
  InferenceRoute(const RoutingSlot& routing, const CoreLimitGate& limits, BudgetKeeper& budgets,
                 ActiveGenerations& active, GenerationMetrics& generations,
                 service::Journal& journal, base::Log& log, const base::Clock& clock,
                 inference::RetryBudget& retries);

  net::Task<void> serve(service::Request& request, const access::Caller& caller);

 private:
  net::Task<void> refuse(service::Request& request, const access::Caller& caller,
                         inference::BodyFault fault);
  net::Task<void> refuse_model(service::Request& request, const access::Caller& caller,
                               std::string_view model, const inference::Catalog& catalog);
  /// One request on its way from engine to engine.
  struct Generation {
    service::Request& request;
    const access::Caller& caller;
    const inference::RequestView& view;
    const inference::Offer& offer;
    const Routing& routing;
    TargetSearch& search;
    ActiveGenerations::Entry& active;
    SpokenRequest& spoken;
    GenerationBudget budget;
    GenerationWatch* watch = nullptr;
    uint64_t tries = 0;
  };
  net::Task<void> generate(Generation generation);
  /// An engine with a place at it; without one, what the client hears.
  net::Task<std::expected<TargetSearch::Pick, RelayEnd>> take_place(Generation& generation);
  [[nodiscard]] static RelayEnd no_place(Engine::Waited waited, const Engine& engine,
                                         const Generation& generation);
  net::Task<RelayEnd> ask_engine(Generation& generation, TargetSearch::Pick pick);
  /// In a language that it speaks; once more in another when it does not know that one.
  net::Task<RelayEnd> ask_in_words(Generation& generation, const inference::Target& target,
                                   EngineTry& attempt);
  net::Task<RelayEnd> relay(Generation& generation, const inference::Target& target,
                            const SpokenRequest::Version& version, EngineTry& attempt);
  [[nodiscard]] bool may_try_again(const Generation& generation, const RelayEnd& end);
  /// Leaves engines out that cannot be told; why, when none is left.
  [[nodiscard]] static std::optional<SpokenRequest::Unsayable> leave_out_unspoken(
      Generation& generation);
  void availability_changed(const Upstreams::One& upstream, bool used);
  /// The limits that need the model, the bound on streams, and the budgets; answers a refusal.
  net::Task<std::optional<GenerationBudget>> pass_limits(
      service::Request& request, const access::Caller& caller, const ClientInterface& client,
      const inference::RequestView& view, std::optional<uint64_t> default_max_tokens,
      std::optional<access::ConcurrencyLimits::Slot>& slot);
  net::Task<void> stop(service::Request& request, const access::Caller& caller,
                       service::ErrorCode code, audit::Act act, std::string_view reason,
                       std::string_view param, std::string_view fields);
  net::Task<void> record_unasked(Generation& generation, const RelayEnd& end);
  net::Task<void> record_end(Generation& generation, const inference::Target& target,
                             const RelayEnd& end);

  const RoutingSlot& routing_;
  const CoreLimitGate& limits_;
  BudgetKeeper& budgets_;
  ActiveGenerations& active_;
  GenerationMetrics& generations_;
  service::Journal& journal_;
  base::Log& log_;
  inference::RetryBudget& retries_;
  inference::RetryBudget::Requests& requests_;  // of this core
  const EngineTry::Changed availability_;
  const base::Clock& clock_;
};

}  // namespace srasta::gateway
