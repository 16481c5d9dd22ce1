#pragma once

#include "access/caller.h"
#include "gateway/budget_keeper.h"
#include "gateway/client_interface.h"
#include "gateway/relay.h"
#include "inference/request_edit.h"
#include "service/journal.h"
#include "service/request.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::gateway {

/// What one generation may cost, set aside before it runs and settled when it has ended. Dropped
/// without that, all of it is charged: nobody knows then what was used.
class GenerationBudget {
 public:
  struct Refused {
    service::ErrorCode code = service::ErrorCode::BudgetExhausted;
    audit::Act act = audit::Act::BudgetHit;
    std::string_view reason;
    std::string param = {};   ///< the offending member of the body
    std::string fields = {};  ///< header lines of the answer
  };
  using Outcome = std::expected<GenerationBudget, Refused>;

  /// Output tokens of a request that names no limit.
  struct Defaults {
    std::optional<uint64_t> of_alias;  ///< whether or not a budget counts it
    uint64_t under_budget = 0;         ///< without `of_alias`, where one does
  };

  /// A request that names no limit gets fewer tokens than its default when a budget has fewer left.
  [[nodiscard]] static net::Task<Outcome> reserve(BudgetKeeper& keeper, service::Request& request,
                                                  const access::Caller& caller,
                                                  const ClientInterface& client,
                                                  const inference::RequestView& view,
                                                  Defaults defaults);

  /// What must be added to the body as `max_tokens`.
  [[nodiscard]] std::optional<uint64_t> add_max_tokens() const { return add_max_tokens_; }
  /// How many tokens may be generated; nothing: no budget counts this.
  [[nodiscard]] std::optional<uint64_t> most_output() const;

  /// Charges what the engine reported, or what it can have used at most; nothing when it did not
  /// work. The charge; nothing when no budget counts this.
  std::optional<service::Journal::Charge> settle(const RelayEnd& end);
  /// Nothing ran.
  void cancel();

 private:
  GenerationBudget() = default;

  BudgetKeeper* keeper_ = nullptr;
  bool stream_ = false;
  std::optional<access::BudgetBook::Reservation> reservation_;
  std::optional<uint64_t> add_max_tokens_;
};

}  // namespace srasta::gateway
