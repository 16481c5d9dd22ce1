#pragma once

#include "access/budget.h"

#include <string_view>
#include <vector>

namespace srasta::gateway {

/// What lease_kill_test and the process that it kills agree on: one tenant, three persons.
inline std::vector<access::BudgetRule> spender_rules() {
  return {{.name = "tenant", .per = access::LimitPer::Tenant, .scope = {}, .tokens = 3'000'000},
          {.name = "user", .per = access::LimitPer::Principal, .scope = {}, .tokens = 1'000'000}};
}

inline constexpr std::string_view kSpenders[] = {"alice", "bob", "dev"};

inline access::LimitSubject spender(std::string_view name) {
  return {.principal = name, .tenant = "acme", .roles = {}, .key = {}, .model = {}};
}

/// In the middle of the night of a day, so that the day before ended more than an hour ago.
inline base::WallTime spender_time(uint64_t day) {
  return base::WallTime(base::Seconds(1'767'323'045) + day * base::Seconds(86'400));
}

}  // namespace srasta::gateway
