#pragma once

#include "base/result.h"
#include "sandbox/init_spec.h"
#include "sandbox/syscall_filter.h"

namespace srasta::sandbox {

/// Within the namespaces that bubblewrap made, with the one capability that it left: /workspace
/// and /tmp become file systems in memory with their caps on bytes and files, seen by this process
/// and those that it starts. /dev/shm is /tmp.
[[nodiscard]] base::Result<void> mount_folders(const InitSpec& spec);

/// Gives up every capability, and the way to new ones. For good.
[[nodiscard]] base::Result<void> drop_privileges();

/// All that the foreign program's process does to itself before it becomes that program: signals
/// as at a login, resource limits, its folder, Landlock, the system-call filter. For good.
[[nodiscard]] base::Result<void> confine(const InitSpec& spec, const SyscallFilter& filter);

}  // namespace srasta::sandbox
