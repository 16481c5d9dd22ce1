#pragma once

#include <sys/types.h>

namespace srasta::sandbox {

/// Kills every descendant of this process, which must be their subreaper, and reaps them: they are
/// stopped until none is found that is not, so that none can multiply, then killed. Returns when
/// this process has no child any more.
void end_descendants();

/// SIGKILL to the children of a child of this process, which is neither reaped nor waits for its
/// own.
void kill_children_of(pid_t process);

}  // namespace srasta::sandbox
