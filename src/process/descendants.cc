#include "process/descendants.h"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <vector>

namespace srasta::process {
namespace {

std::vector<pid_t> children_of_this_thread() {
  std::vector<pid_t> children;
  std::ifstream list("/proc/thread-self/children");
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

}  // namespace

pid_t find_ended_child() {
  siginfo_t info{};
  if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return errno == ECHILD ? -1 : 0;
  return info.si_pid;
}

void kill_descendants(std::set<pid_t> left_alone) {
  // Killing a process hands its children to this one, so the list is read until it stays empty.
  while (find_ended_child() >= 0) {
    std::vector<pid_t> children = children_of_this_thread();
    std::erase_if(children, [&](pid_t child) { return left_alone.contains(child); });
    if (children.empty()) return;
    for (const pid_t child : children) {
      const bool killed = ::kill(child, SIGKILL) == 0 || errno != EPERM;
      // Another user's may run for ever.
      if (!killed) left_alone.insert(child);
      ::waitpid(child, nullptr, killed ? 0 : WNOHANG);
    }
  }
}

}  // namespace srasta::process
