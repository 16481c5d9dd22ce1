#pragma once

#include <set>
#include <sys/types.h>

namespace srasta::process {

/// The process id of a child that ended and was not waited for; 0 when there is none, -1 when there
/// is no child at all.
[[nodiscard]] pid_t find_ended_child();

/// SIGKILL to every child of this thread and, where this process is their subreaper, to what those
/// leave behind, until none is left but `left_alone` and those that this process may not kill.
void kill_descendants(std::set<pid_t> left_alone);

}  // namespace srasta::process
