#pragma once

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"
#include "process/user.h"

#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace srasta::process {

/// The first number that `ChildSpec::inherited` takes in the child.
inline constexpr int kFirstInherited = 3;

/// What to start. Nothing passes that is not named here: the environment is exactly
/// `environment`, descriptors other than 0, 1, 2 and `inherited` are closed.
struct ChildSpec {
  std::string program;                             ///< absolute path; no search, no shell
  std::vector<std::string> arguments;              ///< without the program's name
  std::map<std::string, std::string> environment;  ///< complete
  std::vector<int> inherited;                      ///< become 3, 4, ... in this order
  std::optional<User> user;                        ///< to switch to, when this process is root
  int output = -1;  ///< becomes its standard output; -1: that of this process
  int errors = -1;  ///< likewise, its standard error
};

/// How a process ended.
struct Exit {
  int status = 0;  ///< exit status; 0 when killed
  int signal = 0;  ///< the signal that killed it; 0 when it exited

  [[nodiscard]] bool clean() const { return status == 0 && signal == 0; }
  /// "exited with status 2", "was killed by signal 9 (Killed)".
  [[nodiscard]] std::string text() const;
};

/// A running process in a process group of its own. Standard input is /dev/null; output and error
/// are shared. It gets SIGKILL when the thread that spawned it ends; what is left of its group gets
/// SIGKILL when it ends. Destroying a `Child` kills the group and waits.
class Child {
 public:
  /// Returns after exec succeeded; the error names the step that failed.
  [[nodiscard]] static base::Result<Child> spawn(const ChildSpec& spec);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Readable once the process has ended (pidfd_open(2)).
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

  /// Waits at most `limit`; nothing when it still runs then.
  [[nodiscard]] base::Result<std::optional<Exit>> wait(base::Millis limit);
  /// SIGTERM to the process itself. No effect after it was waited for.
  void terminate();
  /// SIGHUP to the process itself: read the configuration again. No effect after it was waited for.
  void reload();
  /// SIGKILL to the whole group.
  void kill();
  /// It belongs to nobody from now on: it is neither killed nor waited for.
  void release();

 private:
  Child(pid_t pid, base::Descriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  void kill_and_reap();

  pid_t pid_ = -1;
  base::Descriptor pidfd_;
  std::optional<Exit> exit_;
};

/// Becomes the program of `spec` (exec without fork) with exactly its environment and descriptors;
/// its user and the rules about groups and parents do not apply. Returns only when that failed,
/// with descriptors above 2 closed.
[[nodiscard]] base::Error replace_process(const ChildSpec& spec);

}  // namespace srasta::process
