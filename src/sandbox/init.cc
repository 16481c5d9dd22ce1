#include "sandbox/init.h"

#include "base/descriptor.h"
#include "sandbox/confinement.h"
#include "sandbox/control.h"
#include "sandbox/descendants.h"
#include "sandbox/init_spec.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace srasta::sandbox {
namespace {

constexpr int kStartFailed = 127;

/// When the machine runs out of memory, what runs here goes first. Best effort.
void volunteer_for_the_oom_killer() {
  constexpr std::string_view kFirst = "1000";
  const base::Descriptor score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (!score.open()) return;
  [[maybe_unused]] const ssize_t put = ::write(score.get(), kFirst.data(), kFirst.size());
}

class Init {
 public:
  explicit Init(InitSpec spec)
      : spec_(std::move(spec)), control_(static_cast<int>(spec_.control)) {}

  int run();

 private:
  base::Result<void> prepare();
  base::Result<void> say_ready() const;
  base::Result<bool> take_filter();
  base::Result<void> start();
  [[noreturn]] void become_program();
  void wait_for_end();
  bool reaped_program();
  void say_ended() const;
  void fail(std::string_view step, int number) const;

  InitSpec spec_;
  int control_;
  SyscallFilter filter_;
  base::Descriptor signals_;
  pid_t program_ = -1;
  std::optional<int> status_;
  rusage usage_{};
};

void Init::fail(std::string_view step, int number) const {
  ControlMessage message{.kind = ControlMessage::Kind::Failed, .number = number};
  message.set_step(step);
  static_cast<void>(send_control(control_, message));
}

/// Nothing of this process can be read or written by the program, which has the same user: not
/// dumpable, and outside of the program's Landlock domain.
base::Result<void> Init::prepare() {
  if (::fcntl(control_, F_SETFD, FD_CLOEXEC) != 0) return base::errno_error("control", errno);
  sigset_t watched;
  ::sigemptyset(&watched);
  ::sigaddset(&watched, SIGCHLD);
  ::sigaddset(&watched, SIGTERM);
  ::sigprocmask(SIG_SETMASK, &watched, nullptr);
  signals_.reset(::signalfd(-1, &watched, SFD_CLOEXEC));
  if (!signals_.open()) return base::errno_error("signalfd", errno);
  if (spec_.tier == Tier::T3) {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
      return base::errno_error("subreaper", errno);
    }
  } else {
    SRASTA_TRY(mount_folders(spec_));
  }
  SRASTA_TRY(drop_privileges());
  volunteer_for_the_oom_killer();
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return base::errno_error("dumpable", errno);
  return {};
}

base::Result<void> Init::say_ready() const {
  const base::Descriptor folder(
      ::open(spec_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.open()) return base::errno_error("open " + spec_.folder, errno);
  const ControlMessage ready{.kind = ControlMessage::Kind::Ready};
  int failure = 0;
  if (spec_.tier == Tier::T3) {
    failure = send_control(control_, ready, {folder.get()});
  } else {
    const base::Descriptor first(static_cast<int>(::syscall(SYS_pidfd_open, 1, 0)));
    if (!first.open()) return base::errno_error("pidfd_open", errno);
    failure = send_control(control_, ready, {folder.get(), first.get()});
  }
  return failure == 0 ? base::Result<void>() : base::errno_error("control", failure);
}

/// False when whoever runs us has gone.
base::Result<bool> Init::take_filter() {
  SRASTA_TRY_ASSIGN(auto calls, receive_bytes(control_));
  if (!calls) return false;
  SRASTA_TRY_ASSIGN(auto arguments, receive_bytes(control_));
  if (!arguments) return false;
  filter_ = {.calls = std::move(*calls), .arguments = std::move(*arguments)};
  return true;
}

void Init::become_program() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (spec_.tier == Tier::T3) ::setsid();
  std::vector<char*> argv;
  std::vector<char*> environment;
  for (std::string& text : spec_.argv) argv.push_back(text.data());
  for (std::string& text : spec_.environment) environment.push_back(text.data());
  argv.push_back(nullptr);
  environment.push_back(nullptr);
  if (const auto confined = confine(spec_, filter_); !confined.ok()) {
    fail(confined.error().message, 0);
    ::_exit(kStartFailed);
  }
  ::execve(argv.front(), argv.data(), environment.data());
  fail("execve", errno);
  ::_exit(kStartFailed);
}

base::Result<void> Init::start() {
  program_ = ::fork();
  if (program_ < 0) return base::errno_error("fork", errno);
  if (program_ == 0) become_program();
  return {};
}

/// Reaps what has ended; true once the program itself has.
bool Init::reaped_program() {
  while (true) {
    int status = 0;
    const pid_t gone = ::waitpid(-1, &status, WNOHANG);
    if (gone <= 0) return status_.has_value();
    if (gone == program_) {
      status_ = status;
      ::getrusage(RUSAGE_CHILDREN, &usage_);
    }
  }
}

void Init::wait_for_end() {
  std::array<pollfd, 2> waiting{{{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                 {.fd = control_, .events = POLLIN, .revents = 0}}};
  while (!reaped_program()) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
    // Whoever runs us wants the end, or is gone.
    if (waiting[1].revents != 0) return;
    if (waiting[0].revents != 0) {
      signalfd_siginfo told{};
      if (::read(signals_.get(), &told, sizeof told) != sizeof told) return;
      if (told.ssi_signo == SIGTERM) return;
    }
  }
}

void Init::say_ended() const {
  if (!status_) return;
  constexpr int64_t kMicros = 1'000'000;
  ControlMessage ended{.kind = ControlMessage::Kind::Ended, .number = *status_};
  ended.cpu_micros = (usage_.ru_utime.tv_sec + usage_.ru_stime.tv_sec) * kMicros +
                     usage_.ru_utime.tv_usec + usage_.ru_stime.tv_usec;
  ended.max_rss_kib = usage_.ru_maxrss;
  static_cast<void>(send_control(control_, ended));
}

int Init::run() {
  if (const auto prepared = prepare(); !prepared.ok()) {
    fail(prepared.error().message, 0);
    return 1;
  }
  if (const auto told = say_ready(); !told.ok()) {
    fail(told.error().message, 0);
    return 1;
  }
  const auto filter = take_filter();
  if (!filter.ok() || !*filter) return 1;
  if (const auto started = start(); !started.ok()) {
    fail(started.error().message, 0);
    return 1;
  }
  wait_for_end();
  if (spec_.tier == Tier::T3) {
    // As one act: no process of this user is left that could make another.
    if (spec_.exclusive == 1) ::kill(-1, SIGKILL);
    end_descendants();
  }
  say_ended();
  // At T1 the namespace ends from outside, together with this process.
  if (spec_.tier != Tier::T3 && status_) ::pause();
  return 0;
}

}  // namespace

int run_init(std::span<const std::string> arguments) {
  auto spec = parse_arguments(arguments);
  if (!spec.ok()) return 2;
  return Init(*std::move(spec)).run();
}

}  // namespace srasta::sandbox
