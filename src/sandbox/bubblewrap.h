#pragma once

#include "sandbox/init_spec.h"

#include <string>
#include <vector>

namespace srasta::sandbox {

/// Descriptors that bubblewrap inherits.
struct BubblewrapDescriptors {
  int init = 4;    ///< the executable of `srasta-sandbox-init`
  int passwd = 5;  ///< what becomes /etc/passwd
  int group = 6;   ///< what becomes /etc/group
};

/// bubblewrap's arguments for one run, without its name: all namespaces its own, the system's
/// programs read-only, nothing else of the host. The one capability it leaves is for the mounts of
/// `mount_folders`.
[[nodiscard]] std::vector<std::string> bubblewrap_arguments(const BubblewrapDescriptors& passed,
                                                            const InitSpec& spec);

}  // namespace srasta::sandbox
