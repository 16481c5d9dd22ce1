#include "gateway/caller_limits.h"

#include <algorithm>

#include <fmt/format.h>

namespace srasta::gateway {
namespace {

using service::ErrorCode;
using service::LimitsClass;

access::LimitPer per_of(config::LimitPer per) {
  switch (per) {
    case config::LimitPer::Principal:
      return access::LimitPer::Principal;
    case config::LimitPer::Key:
      return access::LimitPer::Key;
    case config::LimitPer::Tenant:
      return access::LimitPer::Tenant;
    case config::LimitPer::Model:
      return access::LimitPer::Model;
  }
  return access::LimitPer::Principal;
}

access::LimitScope scope_of(const config::LimitFilter& filter) {
  return {.roles = filter.roles, .tenants = filter.tenants, .models = filter.models};
}

std::optional<uint8_t> class_of(const std::string& name) {
  for (const LimitsClass each : {LimitsClass::Control, LimitsClass::Inference}) {
    if (to_string(each) == name) return static_cast<uint8_t>(each);
  }
  return std::nullopt;
}

access::RateLimits::Settings rate_settings(const config::Limits& limits) {
  access::RateLimits::Settings settings;
  for (const config::RateRule& rule : limits.rates) {
    settings.rules.push_back({.name = rule.name,
                              .per = per_of(rule.per),
                              .scope = scope_of(rule),
                              .route_class = class_of(rule.route_class),
                              .rate = {.burst = rule.burst, .every = rule.every}});
  }
  return settings;
}

std::vector<access::ConcurrencyRule> stream_rules(const config::Limits& limits) {
  std::vector<access::ConcurrencyRule> rules;
  for (const config::StreamRule& rule : limits.streams) {
    rules.push_back({.name = fmt::format("streams-{}", access::to_string(per_of(rule.per))),
                     .per = per_of(rule.per),
                     .scope = {},
                     .most = rule.most});
  }
  return rules;
}

int64_t whole_seconds(base::Micros time) {
  return std::max<int64_t>(1, std::chrono::ceil<base::Seconds>(time).count());
}

/// OpenAI's names; the time until the full burst is back, as "1s" or "250ms".
std::string shown_fields(const access::RateShown& shown) {
  const int64_t millis = std::chrono::ceil<base::Millis>(shown.reset).count();
  const std::string reset =
      millis % 1000 == 0 ? fmt::format("{}s", millis / 1000) : fmt::format("{}ms", millis);
  return fmt::format(
      "x-ratelimit-limit-requests: {}\r\nx-ratelimit-remaining-requests: {}\r\n"
      "x-ratelimit-reset-requests: {}\r\n",
      shown.limit, shown.remaining, reset);
}

}  // namespace

access::LimitSubject subject_of(const access::Caller& caller, std::string_view model) {
  return {.principal = caller.principal().view(),
          .tenant = caller.tenant().view(),
          .roles = caller.roles(),
          .key = caller.key_id(),
          .model = model};
}

bool is_own(access::LimitPer per) {
  return per == access::LimitPer::Principal || per == access::LimitPer::Key;
}

std::string stream_fields(const service::Request& request,
                          const access::ConcurrencyLimits::Entry& entry) {
  // The fields of a rate, if there is one, are of the same names and on their way already.
  if (!is_own(entry.refused_per) || !request.limit_fields.empty()) return {};
  return fmt::format("x-ratelimit-limit-requests: {}\r\nx-ratelimit-remaining-requests: 0\r\n",
                     entry.most);
}

std::vector<access::BudgetRule> budget_rules(const config::Limits& limits) {
  std::vector<access::BudgetRule> rules;
  for (const config::BudgetRule& rule : limits.budgets) {
    rules.push_back(
        {.name = rule.name,
         .per = per_of(rule.per),
         .scope = scope_of(rule),
         .period = rule.monthly ? access::BudgetPeriod::Month : access::BudgetPeriod::Day,
         .tokens = rule.tokens});
  }
  return rules;
}

std::shared_ptr<const CallerLimits> CallerLimits::make(const config::Limits& limits,
                                                       const CallerLimits* before) {
  if (before == nullptr) {
    return std::make_shared<const CallerLimits>(
        CallerLimits{.rates = access::RateLimits(rate_settings(limits)),
                     .streams = access::ConcurrencyLimits(stream_rules(limits)),
                     .default_output = limits.default_output});
  }
  return std::make_shared<const CallerLimits>(
      CallerLimits{.rates = access::RateLimits(rate_settings(limits), before->rates),
                   .streams = access::ConcurrencyLimits(stream_rules(limits), before->streams),
                   .default_output = limits.default_output});
}

std::optional<service::LimitGate::Refused> CoreLimitGate::judge(service::Request& request,
                                                                const access::RateTicket& ticket) {
  if (ticket.shown) request.limit_fields = shown_fields(*ticket.shown);
  if (ticket.admitted) return std::nullopt;
  if (ticket.table_full) {
    return Refused{.code = ErrorCode::LimitsUnavailable, .reason = "store_down", .fields = {}};
  }
  return Refused{.code = ErrorCode::RateLimited,
                 .reason = to_string(ticket.per),
                 .fields = fmt::format("Retry-After: {}\r\n", whole_seconds(ticket.retry_after))};
}

std::optional<service::LimitGate::Refused> CoreLimitGate::admit(service::Request& request,
                                                                const access::Caller& caller) {
  const auto route_class = static_cast<uint8_t>(request.route->limits);
  access::RateHandle handle = limits_->rates.handle(subject_of(caller, {}), route_class);
  if (handle.empty()) return std::nullopt;
  auto refused = judge(request, handle.admit(request.exchange.loop().now()));
  if (!refused && limits_->rates.any_for_models()) request.taken = std::move(handle);
  return refused;
}

std::optional<service::LimitGate::Refused> CoreLimitGate::admit_model(
    service::Request& request, const access::Caller& caller, std::string_view model) const {
  if (!limits_->rates.any_for_models()) return std::nullopt;
  const auto route_class = static_cast<uint8_t>(request.route->limits);
  access::RateHandle handle = limits_->rates.model_handle(subject_of(caller, model), route_class);
  if (handle.empty()) return std::nullopt;
  auto refused = judge(request, handle.admit(request.exchange.loop().now()));
  if (refused && request.taken) request.taken->give_back();
  return refused;
}

}  // namespace srasta::gateway
