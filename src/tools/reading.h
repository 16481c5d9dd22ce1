#pragma once

#include "tools/call.h"
#include "tools/cursor.h"
#include "tools/read_call.h"

namespace srasta::tools {

/// What a tool that changes nothing gives. Waits for disks: on a thread of a pool.
[[nodiscard]] Result read(const Call& call, const Cursors& cursors);

}  // namespace srasta::tools
