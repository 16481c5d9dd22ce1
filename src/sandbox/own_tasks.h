#pragma once

#include <cstdint>

namespace srasta::sandbox {

/// Processes and threads of this process's user that there are now: what RLIMIT_NPROC counts.
[[nodiscard]] uint64_t own_tasks();

}  // namespace srasta::sandbox
