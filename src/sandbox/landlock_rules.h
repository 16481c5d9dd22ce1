#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace srasta::sandbox {

/// What this process, and all that it starts, may still do with files (landlock(7)).
struct LandlockRules {
  int abi = 1;                        ///< to use: at least 1, at most the kernel's
  bool tcp = false;                   ///< connect and bind; judged from ABI 4 on
  std::vector<std::string> readable;  ///< with all below: read, list, execute
  std::vector<std::string> writable;  ///< with all below: these and write, make, remove
  std::vector<std::string> devices;   ///< files: read and write
};

/// The Landlock ABI of this kernel; 0 when it has none or has it switched off.
[[nodiscard]] int landlock_abi();

/// Puts the rules in force for the calling thread, for good; it must have given up new privileges.
/// From ABI 6 on signals and abstract sockets of others are out of reach, too. Paths that do not
/// exist are left out.
[[nodiscard]] base::Result<void> restrict_files(const LandlockRules& rules);

}  // namespace srasta::sandbox
