#pragma once

#include "base/result.h"

#include <string>

namespace srasta::sandbox {

/// What a run's system-call filter lets through besides what every run may do.
struct FilterOptions {
  bool internet_sockets = false;  ///< TCP and UDP over IPv4 and IPv6
  bool unix_sockets = false;      ///< socket(2); socketpair(2) always works
  /// chmod, chown, extended attributes and times by path: what Landlock does not judge.
  bool metadata_by_path = false;
  bool truncate_by_path = false;  ///< which Landlock judges from ABI 3 on
  /// What reaches others where no namespace is between: limits, priorities and processors of other
  /// processes, System V and POSIX message queues, semaphores and memory, watches on files.
  bool other_processes = false;
};

/// Two programs for seccomp(2), to be installed one after the other; the stricter answer counts.
/// Bytes of `sock_filter`s, for this machine's architecture.
struct SyscallFilter {
  /// EPERM for what no build needs and what reaches far into the kernel, ENOSYS for clone3 and
  /// for every number that libseccomp does not know, death for other architectures' calls.
  std::string calls;
  /// EPERM by arguments: new namespaces, sockets, terminal injection, device nodes.
  std::string arguments;
};

[[nodiscard]] base::Result<SyscallFilter> build_filter(const FilterOptions& options);

}  // namespace srasta::sandbox
