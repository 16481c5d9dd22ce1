#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace srasta::sandbox {

/// Existing control groups of our own, in which groups for runs are made: one of version 2, or
/// both of version 1.
struct CgroupParents {
  std::string unified;  ///< version 2, with memory and pids in its cgroup.subtree_control
  std::string memory;   ///< version 1
  std::string pids;     ///< version 1

  [[nodiscard]] bool given() const { return !unified.empty() || !memory.empty() || !pids.empty(); }
};

/// The control group of one run. Destroying it removes it, once nothing runs in it any more.
class Cgroup {
 public:
  /// Caps memory without swap, and processes, for all that joins.
  [[nodiscard]] static base::Result<Cgroup> make(const CgroupParents& parents, uint64_t memory,
                                                 uint64_t processes);
  /// Removes what runs of processes that were killed left, as far as it is empty.
  static void remove_stale(const CgroupParents& parents);

  Cgroup(Cgroup&&) noexcept = default;
  Cgroup& operator=(Cgroup&&) = delete;
  ~Cgroup();

  /// Descriptors of the files a process writes "0" to in order to join.
  [[nodiscard]] std::vector<int> procs() const;
  /// Whether the kernel killed in here for want of memory.
  [[nodiscard]] bool out_of_memory() const;
  /// Kills all that is in here at once, where the kernel can (version 2).
  void kill() const;

 private:
  Cgroup() = default;
  base::Result<void> add(const std::string& parent);

  std::vector<std::string> folders_;
  std::vector<base::Descriptor> procs_;
  std::string events_;
};

}  // namespace srasta::sandbox
