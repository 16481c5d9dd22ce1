#pragma once

#include "tools/call.h"
#include "tools/read_call.h"

namespace srasta::tools {

/// The tool policy_explain: how a call would be judged, gate by gate. Of oneself; of others with
/// policy.admin.
[[nodiscard]] Result explain(const Call& call);

}  // namespace srasta::tools
