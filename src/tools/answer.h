#pragma once

#include "net/task.h"
#include "tools/call.h"
#include "tools/told.h"

// How REST answers a call: docs/tools.md.
namespace srasta::tools {

/// 200 with the result; 403, 404 for what its caller is not told of, 422 for arguments that are no
/// object, 202 where somebody has to approve first; problem+json. The decision's id is that of the
/// request: its records have it.
net::Task<void> answer(const Call& call, const Told& told);

}  // namespace srasta::tools
