#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace srasta::process {

/// What a process may still touch after `confine`.
struct Confinement {
  std::vector<std::string> listable;  ///< folders: names below, no content
  std::vector<std::string> readable;  ///< files and folders, with everything below
  std::vector<std::string> writable;  ///< folders: read, write, create and remove below
};

/// What the kernel really enforces.
struct Enforced {
  bool no_new_privileges = false;
  int landlock_abi = 0;           ///< 0: no file access is restricted
  std::vector<std::string> gaps;  ///< one clause each; empty when nothing is missing
};

/// Gives up, for the calling thread and all threads and programs it starts later, new privileges
/// and every file access that `allowed` does not name (Landlock, landlock(7), with the newest
/// rights this kernel has). Irrevocable. Call it before the first thread starts. Descriptors that
/// are open already keep working. What a kernel cannot do is a gap, not an error; named paths that
/// do not exist are gaps, too. Executing files is not permitted anywhere.
[[nodiscard]] base::Result<Enforced> confine(const Confinement& allowed);

/// The Landlock ABI of this kernel; 0 when it has none or has it switched off.
[[nodiscard]] int landlock_abi();

}  // namespace srasta::process
