#pragma once

#include "access/budget.h"
#include "access/caller.h"
#include "access/concurrency_limits.h"
#include "access/rate_limits.h"
#include "config/config.h"
#include "service/pipeline.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::gateway {

/// `caller` as limits see it; `model` as the caller names it, or empty.
[[nodiscard]] access::LimitSubject subject_of(const access::Caller& caller, std::string_view model);

/// Whether what is left of a limit tells the caller of himself alone, and not of others.
[[nodiscard]] bool is_own(access::LimitPer per);
/// Header lines that say how many may be open at once, for a refusal of `entry`.
[[nodiscard]] std::string stream_fields(const service::Request& request,
                                        const access::ConcurrencyLimits::Entry& entry);

[[nodiscard]] std::vector<access::BudgetRule> budget_rules(const config::Limits& limits);

/// What callers may take, under one configuration; shared by all cores. Counts live on in the
/// limits that are made from these.
struct CallerLimits {
  access::RateLimits rates;
  access::ConcurrencyLimits streams;
  uint64_t default_output = 0;  ///< tokens; see limits.default_output

  /// `before`: of the configuration that ends; null at a start.
  [[nodiscard]] static std::shared_ptr<const CallerLimits> make(const config::Limits& limits,
                                                                const CallerLimits* before);
};

/// One core's view of the limits in force.
class CoreLimitGate final : public service::LimitGate {
 public:
  explicit CoreLimitGate(std::shared_ptr<const CallerLimits> limits) : limits_(std::move(limits)) {}

  void replace(std::shared_ptr<const CallerLimits> limits) { limits_ = std::move(limits); }
  [[nodiscard]] const CallerLimits& limits() const { return *limits_; }

  std::optional<Refused> admit(service::Request& request, const access::Caller& caller) override;
  /// The rules that need the model; what `admit` took is given back when one refuses.
  [[nodiscard]] std::optional<Refused> admit_model(service::Request& request,
                                                   const access::Caller& caller,
                                                   std::string_view model) const;

 private:
  static std::optional<Refused> judge(service::Request& request, const access::RateTicket& ticket);

  std::shared_ptr<const CallerLimits> limits_;
};

}  // namespace srasta::gateway
