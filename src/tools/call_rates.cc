#include "tools/call_rates.h"

namespace srasta::tools {
namespace {

constexpr base::Seconds kMinute{60};

}  // namespace

bool CallRates::take(const Call& call, base::MonoTime now) {
  const int64_t most = call.policy->policy.limits.rate.calls_per_minute;
  const access::GcraRate rate{.burst = static_cast<uint32_t>(most),
                              .every = base::Micros(kMinute) / most};
  // Whoever asks what would be allowed, again and again, does not spend the calls of its work.
  std::string spender = call.caller.principal().str();
  if (call.tool == policy::Tool::PolicyExplain) spender += " explain";
  while (const auto cell = rates_.cell_of(spender, now)) {
    const access::GcraAnswer answer = cell->take(now, rate);
    if (!answer.retired) return answer.admitted;
  }
  return false;
}

}  // namespace srasta::tools
