#include "tools/call_rates.h"

#include <algorithm>

namespace srasta::tools {
namespace {

constexpr base::Seconds kMinute{60};

/// Of the policy and of the persona, the lower one.
int64_t calls_per_minute(const Call& call) {
  const policy::Policy& policy = call.policy->policy;
  const int64_t most = policy.limits.rate.calls_per_minute;
  if (call.principal.personas.size() != 1) return most;
  const policy::Persona* const persona = policy.persona(call.principal.personas.front());
  return persona == nullptr ? most : std::min(most, persona->limits.rate.calls_per_minute);
}

}  // namespace

bool CallRates::take(const Call& call, base::MonoTime now) {
  const int64_t most = calls_per_minute(call);
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
