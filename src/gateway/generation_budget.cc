#include "gateway/generation_budget.h"

#include "gateway/caller_limits.h"
#include "gateway/client_interface.h"
#include "inference/token_bound.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::gateway {
namespace {

using access::BudgetBook;
using service::ErrorCode;

GenerationBudget::Refused exhausted(const access::BudgetExhausted& why) {
  const int64_t seconds =
      std::max<int64_t>(std::chrono::ceil<base::Seconds>(why.retry_after).count(), 1);
  std::string fields = fmt::format("Retry-After: {}\r\n", seconds);
  if (is_own(why.per)) {
    fields += fmt::format(
        "x-ratelimit-limit-tokens: {}\r\nx-ratelimit-remaining-tokens: {}\r\n"
        "x-ratelimit-reset-tokens: {}s\r\n",
        why.limit, why.remaining, seconds);
  }
  return {.reason = why.reason, .fields = std::move(fields)};
}

GenerationBudget::Refused invalid(const base::Error& error) {
  return {.code = ErrorCode::InvalidRequest,
          .act = audit::Act::InferenceRequest,
          .reason = "invalid_value",
          .param = error.detail};
}

/// Whether the engine can have done any of the work that is paid for: it was given the request and
/// did not refuse it.
bool did_work(const RelayEnd& end) {
  return !end.retryable && end.upstream_status < 400;
}

}  // namespace

std::optional<uint64_t> GenerationBudget::most_output() const {
  return reservation_ ? std::optional(reservation_->output_bound()) : std::nullopt;
}

net::Task<GenerationBudget::Outcome> GenerationBudget::reserve(
    BudgetKeeper& keeper, service::Request& request, const access::Caller& caller,
    const ClientInterface& client, const inference::RequestView& view, Defaults defaults) {
  GenerationBudget budget;
  budget.stream_ = view.stream;
  const access::LimitSubject subject = subject_of(caller, view.model);
  if (client.counts_tokens) co_return budget;
  if (!keeper.counts(subject)) {
    if (client.generates() && defaults.of_alias &&
        !inference::names_output_limit(view.object, client.kind)) {
      budget.add_max_tokens_ = defaults.of_alias;
    }
    co_return budget;
  }
  const uint64_t default_output = defaults.of_alias.value_or(defaults.under_budget);
  const auto bound =
      inference::bound_of(view.object, client.kind, {.default_output = default_output});
  if (!bound) co_return std::unexpected(invalid(bound.error()));
  uint64_t output = bound->output;
  budget.add_max_tokens_ = bound->add_max_tokens;
  net::Scope& scope = request.exchange.scope();
  BudgetBook::Outcome outcome = co_await keeper.reserve(scope, subject, bound->input, output);
  const auto* const none = std::get_if<access::BudgetExhausted>(&outcome);
  if (none != nullptr && bound->may_be_less && none->remaining > bound->input) {
    // The client asked for no certain length, so it gets what is left.
    const uint64_t answers = output / std::max<uint64_t>(bound->add_max_tokens.value_or(1), 1);
    const uint64_t shares = std::max<uint64_t>(answers, 1);
    const uint64_t each = (none->remaining - bound->input) / shares;
    if (each > 0) {
      output = each * shares;
      budget.add_max_tokens_ = each;
      outcome = co_await keeper.reserve(scope, subject, bound->input, output);
    }
  }
  if (auto* const reservation = std::get_if<BudgetBook::Reservation>(&outcome)) {
    budget.keeper_ = &keeper;
    budget.reservation_ = std::move(*reservation);
    co_return budget;
  }
  if (const auto* const why = std::get_if<access::BudgetExhausted>(&outcome)) {
    co_return std::unexpected(exhausted(*why));
  }
  co_return std::unexpected(Refused{
      .code = ErrorCode::LimitsUnavailable, .act = audit::Act::LimitHit, .reason = "store_down"});
}

std::optional<service::Journal::Charge> GenerationBudget::settle(const RelayEnd& end) {
  if (!reservation_) return std::nullopt;
  if (!did_work(end)) {
    cancel();
    return service::Journal::Charge();
  }
  const uint64_t input = reservation_->input_bound();
  // Of a stream what was relayed bounds what was generated. Of a plain answer nothing is seen
  // before its end, and of a stream that went past its reservation too much.
  const bool seen = stream_ && end.reason != "budget_cap";
  uint64_t used = input + (seen ? std::min(reservation_->output_bound(), end.text_bytes)
                                : reservation_->output_bound());
  if (end.usage) {
    used = static_cast<uint64_t>(std::max<int64_t>(end.usage->input, 0)) +
           static_cast<uint64_t>(std::max<int64_t>(end.usage->output, 0));
  }
  access::Settlement settlement = reservation_->settle(used);
  reservation_.reset();
  keeper_->write(std::move(settlement.rows));
  return service::Journal::Charge{.tokens = settlement.charged, .estimated = !end.usage};
}

void GenerationBudget::cancel() {
  if (reservation_) reservation_->cancel();
  reservation_.reset();
}

}  // namespace srasta::gateway
