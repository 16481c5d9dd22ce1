#pragma once

#include "access/gcra_table.h"
#include "base/clock.h"
#include "tools/call.h"

#include <cstddef>

namespace srasta::tools {

/// How often each principal may call: `limits.rate` of the policy and of its persona.
class CallRates {
 public:
  explicit CallRates(size_t most_principals) : rates_(most_principals) {}
  /// Takes one from what the caller has; whether there was one. The call has a policy.
  [[nodiscard]] bool take(const Call& call, base::MonoTime now);

 private:
  access::GcraTable rates_;
};

}  // namespace srasta::tools
