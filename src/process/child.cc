#include "process/child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::process {
namespace {

/// The steps between fork and exec, for the error report.
enum class Step : int { Group, Streams, Descriptors, User, ParentDeath, Exec };

std::string_view to_string(Step step) {
  switch (step) {
    case Step::Group:
      return "process group";
    case Step::Streams:
      return "standard streams";
    case Step::Descriptors:
      return "inherited descriptors";
    case Step::User:
      return "switch of user";
    case Step::ParentDeath:
      return "parent-death signal";
    case Step::Exec:
      return "exec";
  }
  return "start";
}

struct Report {
  Step step;
  int error_number;
};

/// Everything the child needs, allocated before fork: afterwards only async-signal-safe calls are
/// allowed.
struct Prepared {
  explicit Prepared(const ChildSpec& from) : spec(from) {
    arguments.push_back(spec.program);
    arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
    for (const auto& [name, value] : spec.environment) variables.push_back(name + "=" + value);
    for (std::string& text : arguments) argv.push_back(text.data());
    for (std::string& text : variables) envp.push_back(text.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    moved.resize(spec.inherited.size());
  }

  const ChildSpec& spec;
  std::vector<std::string> arguments;
  std::vector<std::string> variables;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::vector<int> moved;
  sigset_t no_signals{};
  pid_t parent = ::getpid();
};

[[noreturn]] void give_up(int report_to, Step step) {
  const Report report{step, errno};
  [[maybe_unused]] const ssize_t written = ::write(report_to, &report, sizeof report);
  ::_exit(127);
}

void reset_signals(const Prepared& prepared) {
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) ::signal(number, SIG_DFL);
  }
  ::sigprocmask(SIG_SETMASK, &prepared.no_signals, nullptr);
}

/// Moves the inherited descriptors to 3, 4, ... and closes all others; the report pipe takes the
/// number after them and closes on exec. Returns that number, or -1.
int place_descriptors(Prepared& prepared, int report_to) {
  const int count = static_cast<int>(prepared.moved.size());
  const int first_free = kFirstInherited + count + 1;
  // First out of the way, so that no move overwrites what is still to be moved.
  const int report_aside = ::fcntl(report_to, F_DUPFD_CLOEXEC, first_free);
  if (report_aside < 0) return -1;
  for (int index = 0; index < count; ++index) {
    int& slot = prepared.moved[static_cast<size_t>(index)];
    slot = ::fcntl(prepared.spec.inherited[static_cast<size_t>(index)], F_DUPFD, first_free);
    if (slot < 0) return -1;
  }
  for (int index = 0; index < count; ++index) {
    if (::dup2(prepared.moved[static_cast<size_t>(index)], kFirstInherited + index) < 0) return -1;
  }
  const int report = kFirstInherited + count;
  if (::dup3(report_aside, report, O_CLOEXEC) < 0) return -1;
  if (::close_range(static_cast<unsigned>(first_free), ~0U, 0) != 0) return -1;
  return report;
}

bool take_streams(const ChildSpec& spec) {
  if (spec.output >= 0 && ::dup2(spec.output, STDOUT_FILENO) < 0) return false;
  if (spec.errors >= 0 && ::dup2(spec.errors, STDERR_FILENO) < 0) return false;
  const int null = ::open("/dev/null", O_RDONLY);
  if (null < 0 || ::dup2(null, STDIN_FILENO) < 0) return false;
  if (null != STDIN_FILENO) ::close(null);
  return true;
}

[[noreturn]] void become_child(Prepared& prepared, int report_to) {
  reset_signals(prepared);
  if (::setpgid(0, 0) != 0) give_up(report_to, Step::Group);
  if (!take_streams(prepared.spec)) give_up(report_to, Step::Streams);
  const int report = place_descriptors(prepared, report_to);
  if (report < 0) give_up(report_to, Step::Descriptors);
  if (prepared.spec.user) {
    errno = switch_to(*prepared.spec.user);
    if (errno != 0) give_up(report, Step::User);
  }
  // After the switch of user, which clears it.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(report, Step::ParentDeath);
  if (::getppid() != prepared.parent) ::_exit(127);
  ::execve(prepared.argv[0], prepared.argv.data(), prepared.envp.data());
  give_up(report, Step::Exec);
}

/// Waits for exec to close the pipe.
base::Result<void> read_report(int descriptor, const std::string& program) {
  Report report{};
  ssize_t got = 0;
  do {
    got = ::read(descriptor, &report, sizeof report);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return {};
  if (got != sizeof report) return base::errno_error("start " + program, EIO);
  return base::errno_error(fmt::format("start {}: {}", program, to_string(report.step)),
                           report.error_number);
}

}  // namespace

std::string Exit::text() const {
  if (signal == 0) return fmt::format("exited with status {}", status);
  return fmt::format("was killed by signal {} ({})", signal, ::strsignal(signal));
}

base::Result<Child> Child::spawn(const ChildSpec& spec) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::errno_error("pipe", errno);
  const base::Descriptor reading(ends[0]);
  base::Descriptor writing(ends[1]);
  Prepared prepared(spec);
  ::sigemptyset(&prepared.no_signals);
  const pid_t pid = ::fork();
  if (pid < 0) return base::errno_error("fork", errno);
  if (pid == 0) become_child(prepared, writing.get());
  writing.reset();
  // The child does the same; whoever comes first, the group exists before anyone signals it.
  ::setpgid(pid, pid);
  base::Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  Child child(pid, std::move(pidfd));
  if (!child.pidfd_.open()) return base::errno_error("pidfd_open", errno);
  SRASTA_TRY(read_report(reading.get(), spec.program));
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      exit_(std::exchange(other.exit_, std::nullopt)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  kill_and_reap();
  pid_ = std::exchange(other.pid_, -1);
  pidfd_ = std::move(other.pidfd_);
  exit_ = std::exchange(other.exit_, std::nullopt);
  return *this;
}

Child::~Child() {
  kill_and_reap();
}

base::Result<std::optional<Exit>> Child::wait(base::Millis limit) {
  if (exit_) return exit_;
  pollfd ended{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  const base::SystemClock clock;
  const base::MonoTime deadline = clock.mono() + limit;
  while (true) {
    const auto left = std::chrono::ceil<base::Millis>(deadline - clock.mono());
    const int ready = ::poll(&ended, 1, static_cast<int>(std::max<int64_t>(0, left.count())));
    if (ready == 0) return std::optional<Exit>();
    if (ready > 0) break;
    if (errno != EINTR) return base::errno_error("poll", errno);
  }
  // While the leader is not reaped, its number names this group and nothing else.
  ::kill(-pid_, SIGKILL);
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0) {
    return base::errno_error("waitid", errno);
  }
  exit_ = info.si_code == CLD_EXITED ? Exit{.status = info.si_status}
                                     : Exit{.status = 0, .signal = info.si_status};
  return exit_;
}

void Child::terminate() {
  if (pid_ > 0 && !exit_) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGTERM, nullptr, 0);
}

void Child::reload() {
  if (pid_ > 0 && !exit_) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGHUP, nullptr, 0);
}

void Child::kill() {
  if (pid_ > 0 && !exit_) ::kill(-pid_, SIGKILL);
}

void Child::release() {
  pid_ = -1;
  pidfd_.reset();
}

void Child::kill_and_reap() {
  if (pid_ <= 0 || exit_) return;
  kill();
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
  }
}

base::Error replace_process(const ChildSpec& spec) {
  Prepared prepared(spec);
  ::sigemptyset(&prepared.no_signals);
  reset_signals(prepared);
  if (place_descriptors(prepared, STDERR_FILENO) < 0) {
    return base::errno_error("inherited descriptors", errno);
  }
  ::execve(prepared.argv[0], prepared.argv.data(), prepared.envp.data());
  return base::errno_error("start " + spec.program, errno);
}

}  // namespace srasta::process
