#include "sandbox/launch.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace srasta::sandbox {
namespace {

constexpr int kFirstInherited = 3;

/// All that the child needs, made before it is: it shares this process's memory.
struct Prepared {
  explicit Prepared(const LaunchSpec& from) : spec(from) {
    arguments.push_back(spec.program);
    arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
    for (std::string& text : arguments) argv.push_back(text.data());
    argv.push_back(nullptr);
    moved.resize(spec.inherited.size());
  }

  const LaunchSpec& spec;
  std::vector<std::string> arguments;
  std::vector<char*> argv;
  std::array<char*, 1> environment{nullptr};
  std::vector<int> moved;
  pid_t parent = ::getpid();
};

/// What failed, and errno; written by the child into this process's memory.
struct Failure {
  const char* volatile step = nullptr;
  volatile int number = 0;
};

bool place_descriptors(Prepared& prepared) {
  const int count = static_cast<int>(prepared.moved.size());
  const int first_free = kFirstInherited + count;
  // First out of the way, so that no move overwrites what is still to be moved.
  for (size_t index = 0; index < prepared.moved.size(); ++index) {
    prepared.moved[index] = ::fcntl(prepared.spec.inherited[index], F_DUPFD, first_free + 3);
    if (prepared.moved[index] < 0) return false;
  }
  const int output = ::fcntl(prepared.spec.output, F_DUPFD, first_free + 3);
  const int errors = ::fcntl(prepared.spec.errors, F_DUPFD, first_free + 3);
  const int null = ::open("/dev/null", O_RDONLY);
  if (output < 0 || errors < 0 || null < 0) return false;
  if (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(errors, STDERR_FILENO) < 0) return false;
  if (::dup2(null, STDIN_FILENO) < 0) return false;
  for (size_t index = 0; index < prepared.moved.size(); ++index) {
    if (::dup2(prepared.moved[index], kFirstInherited + static_cast<int>(index)) < 0) return false;
  }
  return ::close_range(static_cast<unsigned>(first_free), ~0U, 0) == 0;
}

bool join_cgroups(const LaunchSpec& spec) {
  for (const int procs : spec.cgroup_procs) {
    if (::write(procs, "0", 1) != 1) return false;
  }
  return true;
}

/// By system call: the C library's functions would ask the threads of this process to follow.
bool switch_account(const Account& account) {
  const auto group = static_cast<unsigned long>(account.group);
  const auto user = static_cast<unsigned long>(account.user);
  if (::syscall(SYS_setgroups, 0UL, nullptr) != 0) return false;
  if (::syscall(SYS_setresgid, group, group, group) != 0) return false;
  return ::syscall(SYS_setresuid, user, user, user) == 0;
}

[[noreturn]] void give_up(Failure& failure, const char* step) {
  failure.number = errno;
  failure.step = step;
  ::_exit(127);
}

[[noreturn]] void become_child(Prepared& prepared, Failure& failure) {
  const LaunchSpec& spec = prepared.spec;
  if (!join_cgroups(spec)) give_up(failure, "join the control group");
  if (!place_descriptors(prepared)) give_up(failure, "descriptors");
  if (spec.account && !switch_account(*spec.account)) give_up(failure, "switch of user");
  // After the switch of user, which clears it.
  if (::prctl(PR_SET_PDEATHSIG, spec.parent_death_signal) != 0) give_up(failure, "prctl");
  if (::getppid() != prepared.parent) ::_exit(127);
  ::execve(prepared.argv[0], prepared.argv.data(), prepared.environment.data());
  give_up(failure, "exec");
}

/// Until the child has memory of its own, nothing else may run on its stack: signals are blocked,
/// and stay so across exec.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

void wait_for(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

base::Result<Launched> launch(const LaunchSpec& spec) {
  Prepared prepared(spec);
  Failure failure;
  pid_t pid = -1;
  {
    const BlockedSignals blocked;
    pid = ::vfork();
    if (pid == 0) become_child(prepared, failure);
  }
  if (pid < 0) return base::errno_error("vfork", errno);
  if (failure.step != nullptr) {
    wait_for(pid);
    return base::errno_error("start " + spec.program + ": " + failure.step, failure.number);
  }
  Launched launched{.pid = pid,
                    .pidfd = base::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)))};
  if (!launched.pidfd.open()) {
    const int number = errno;
    ::kill(pid, SIGKILL);
    wait_for(pid);
    return base::errno_error("pidfd_open", number);
  }
  return launched;
}

base::Result<Reaped> reap(const Launched& launched) {
  Reaped reaped;
  pid_t gone = -1;
  do {
    gone = ::wait4(launched.pid, &reaped.status, 0, &reaped.used);
  } while (gone < 0 && errno == EINTR);
  if (gone < 0) return base::errno_error("wait4", errno);
  return reaped;
}

void kill_account(const Account& account) {
  if (account.user == 0) return;
  const BlockedSignals blocked;
  const pid_t pid = ::vfork();
  if (pid == 0) {
    if (switch_account(account)) ::kill(-1, SIGKILL);
    ::_exit(0);
  }
  if (pid > 0) wait_for(pid);
}

}  // namespace srasta::sandbox
