#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "sandbox/job.h"

#include <csignal>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <vector>

namespace srasta::sandbox {

/// What to start, without an environment. Standard input is /dev/null, all signals are blocked,
/// and no other descriptor than these passes.
struct LaunchSpec {
  std::string program;                 ///< absolute path
  std::vector<std::string> arguments;  ///< without the program's name
  int output = -1;
  int errors = -1;
  std::vector<int> inherited;         ///< become 3, 4, ...
  std::optional<Account> account;     ///< to switch to, when this process is root
  std::vector<int> cgroup_procs;      ///< open `cgroup.procs` files of the groups to join
  int parent_death_signal = SIGKILL;  ///< when the thread that launched ends; 0: none
};

/// A child of this process, which must be waited for.
struct Launched {
  pid_t pid = -1;
  base::Descriptor pidfd;  ///< readable once it has ended
};

/// Returns after exec succeeded. Costs the same however large this process is: the child borrows
/// its memory until exec (vfork(2)).
[[nodiscard]] base::Result<Launched> launch(const LaunchSpec& spec);

struct Reaped {
  int status = 0;  ///< as wait(2) gives it
  rusage used{};   ///< by it and by the children that it waited for
};

/// Waits for the end and frees the process's number.
[[nodiscard]] base::Result<Reaped> reap(const Launched& launched);

/// SIGKILL to every process of an account that no other part of the host uses. For root.
void kill_account(const Account& account);

}  // namespace srasta::sandbox
