#pragma once

#include "sandbox/cgroup.h"
#include "sandbox/job.h"
#include "sandbox/syscall_filter.h"
#include "sandbox/tier.h"

#include <optional>
#include <string>
#include <vector>

namespace srasta::sandbox {

/// Where things are on this host.
struct Programs {
  std::string bwrap = "/usr/bin/bwrap";
  std::string sandbox_init;  ///< `srasta-sandbox-init`, which lies beside the other executables
  /// A folder of our own, in which T3 makes a private one for each run. Empty: no T3. Its path
  /// must be open to the accounts of runs.
  std::string scratch;
  CgroupParents cgroups;
  /// For tests: as if the kernel's Landlock were no newer.
  std::optional<int> landlock_abi_at_most;
};

/// What this host gives. Made by `probe` at start, then shared by all runs.
struct Host {
  Programs programs;
  Tier strongest = Tier::None;       ///< what runs get
  std::vector<Tier> tiers;           ///< all that work
  std::vector<std::string> missing;  ///< a sentence for each piece that is not there
  int landlock_abi = 0;              ///< that is used
  SyscallFilter filter;              ///< T1
  SyscallFilter filter_loopback;     ///< T1, with `Job::loopback`
  SyscallFilter filter_t3;

  [[nodiscard]] bool gives(Tier tier) const;
};

/// Tries every tier with a program that does nothing, as `account` when this process is root: a
/// tier that is listed has worked. Removes what earlier processes left in `programs.scratch` and
/// the control groups. Takes some 50 ms.
[[nodiscard]] Host probe(const Programs& programs, const Account& account);

}  // namespace srasta::sandbox
