#include "process/supervisor.h"

#include "base/check.h"
#include "process/descendants.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <set>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace srasta::process {
namespace {

constexpr std::string_view kReady = "READY\n";
constexpr int kExitOfBadConfiguration = 2;
constexpr base::Millis kBetweenQuestions{500};

/// Blocks the signals that the loop reads and restores the mask on destruction.
class BlockedSignals {
 public:
  BlockedSignals() {
    ::sigemptyset(&set_);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&set_, number);
    ::sigprocmask(SIG_BLOCK, &set_, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  [[nodiscard]] const sigset_t& set() const { return set_; }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

}  // namespace

struct Supervisor::Running {
  Service service;
  Backoff backoff;
  std::optional<Child> child = {};
  base::Descriptor ready_pipe = {};
  std::string ready_text = {};
  bool ready = false;
  base::MonoTime started = {};
  base::MonoTime start_at = {};  ///< not before; the epoch at first
  base::MonoTime ask_at = {};    ///< whether it answers
};

Supervisor::Supervisor(const base::Clock& clock, Settings settings, Tell tell)
    : clock_(clock),
      settings_(std::move(settings)),
      tell_(std::move(tell)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Supervisor::~Supervisor() = default;

void Supervisor::add(Service service) {
  services_.push_back(std::make_unique<Running>(
      Running{.service = std::move(service), .backoff = Backoff(settings_.backoff)}));
}

void Supervisor::replace(std::string service) {
  {
    const std::scoped_lock lock(asked_mutex_);
    replaced_.push_back(std::move(service));
  }
  wake();
}

void Supervisor::reload() {
  {
    const std::scoped_lock lock(asked_mutex_);
    reload_wanted_ = true;
  }
  wake();
}

void Supervisor::stop() {
  {
    const std::scoped_lock lock(asked_mutex_);
    stop_wanted_ = true;
  }
  wake();
}

void Supervisor::look_after(Child& child, std::function<void(const Exit&)> on_end) {
  looked_after_ = &child;
  on_end_of_looked_after_ = std::move(on_end);
}

void Supervisor::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void Supervisor::do_what_was_asked() {
  uint64_t count = 0;
  if (::read(wake_.get(), &count, sizeof count) != sizeof count) return;
  std::vector<std::string> names;
  bool reload_wanted = false;
  bool stop_wanted = false;
  {
    const std::scoped_lock lock(asked_mutex_);
    names.swap(replaced_);
    reload_wanted = std::exchange(reload_wanted_, false);
    stop_wanted = std::exchange(stop_wanted_, false);
  }
  kill(names);
  if (reload_wanted) ask_reload();
  if (stop_wanted) stop_sooner();
}

void Supervisor::kill(const std::vector<std::string>& names) {
  for (const auto& each : services_) {
    Running& running = *each;
    if (std::ranges::find(names, running.service.name) == names.end()) continue;
    if (!running.child || !running.ready) continue;
    tell_(running.service.name + ": does not answer, killed");
    running.child->kill();
  }
}

base::Result<void> Supervisor::run(const std::function<void()>& on_ready) {
  const BlockedSignals blocked;
  signals_.reset(::signalfd(-1, &blocked.set(), SFD_NONBLOCK | SFD_CLOEXEC));
  if (!signals_.open()) return base::errno_error("signalfd", errno);
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return base::errno_error("subreaper", errno);
  auto outcome = serve(on_ready);
  if (!outcome && !kill_at_) {
    begin_stop();
    if (const auto drained = serve(on_ready); !drained) tell_(drained.error().message);
  }
  stop_everything();
  return outcome;
}

base::Result<void> Supervisor::serve(const std::function<void()>& on_ready) {
  while (!kill_at_ || any_running()) {
    if (!kill_at_) SRASTA_TRY(start_next());
    SRASTA_TRY(wait_for_events());
    take_signals();
    do_what_was_asked();
    SRASTA_TRY(reap());
    for (const auto& running : services_) {
      SRASTA_TRY(take_ready(*running));
      ask_whether_ready(*running);
    }
    SRASTA_TRY(act_on_time());
    if (!was_ready_ && !kill_at_ && all_ready()) {
      was_ready_ = true;
      on_ready();
    }
  }
  return {};
}

base::Result<void> Supervisor::start_next() {
  for (const auto& running : services_) {
    if (!running->child && clock_.mono() >= running->start_at) SRASTA_TRY(start(*running));
    if (must_be_ready(*running) && !running->ready) return {};
  }
  return {};
}

base::Result<void> Supervisor::start(Running& running) {
  ChildSpec spec = running.service.child;
  base::Descriptor writing;
  if (!running.service.answers) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return base::errno_error("pipe", errno);
    running.ready_pipe.reset(ends[0]);
    writing.reset(ends[1]);
    spec.environment["SRASTA_FD_READY"] =
        fmt::format("{}", kFirstInherited + spec.inherited.size());
    spec.inherited.push_back(writing.get());
  }
  running.started = clock_.mono();
  running.ask_at = running.started;
  auto child = Child::spawn(spec);
  if (child) {
    running.child = std::move(*child);
    tell_(fmt::format("{}: started, process {}", running.service.name, running.child->pid()));
    settings_.on_start(running.service, running.child->pid());
    return {};
  }
  if (must_be_ready(running)) return std::move(child).error();
  const base::Millis wait = running.backoff.after_run(running.started, clock_.mono());
  running.start_at = clock_.mono() + wait;
  tell_(fmt::format("{}: {}; trying again in {} ms", running.service.name, child.error().message,
                    wait.count()));
  return {};
}

base::Result<void> Supervisor::wait_for_events() {
  std::vector<pollfd> watched = {{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                 {.fd = wake_.get(), .events = POLLIN, .revents = 0}};
  for (const auto& running : services_) {
    if (running->ready_pipe.open()) {
      watched.push_back({.fd = running->ready_pipe.get(), .events = POLLIN, .revents = 0});
    }
  }
  const int timeout = static_cast<int>(until_next_deadline().count());
  if (::poll(watched.data(), watched.size(), timeout) < 0 && errno != EINTR) {
    return base::errno_error("poll", errno);
  }
  return {};
}

void Supervisor::take_signals() {
  signalfd_siginfo signal{};
  while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
    if (signal.ssi_signo == SIGCHLD) continue;
    if (signal.ssi_signo == SIGHUP && ::isatty(STDIN_FILENO) == 0) {
      ask_reload();
      continue;
    }
    stop_sooner();
  }
}

void Supervisor::ask_reload() {
  settings_.before_reload();
  for (const auto& each : services_) {
    Running& running = *each;
    if (running.child && running.ready && !running.service.answers) running.child->reload();
  }
}

base::Result<void> Supervisor::take_ready(Running& running) {
  if (!running.ready_pipe.open()) return {};
  std::array<char, 16> block{};
  const ssize_t got = ::read(running.ready_pipe.get(), block.data(), block.size());
  if (got < 0) return {};
  running.ready_text.append(block.data(), static_cast<size_t>(got));
  if (running.ready_text == kReady && !running.ready) {
    running.ready = true;
    tell_(running.service.name + ": ready");
  }
  if (got == 0 || !kReady.starts_with(running.ready_text)) running.ready_pipe.reset();
  return {};
}

void Supervisor::ask_whether_ready(Running& running) {
  if (!running.service.answers || !running.child || running.ready) return;
  if (clock_.mono() < running.ask_at) return;
  running.ask_at = clock_.mono() + kBetweenQuestions;
  if (!running.service.answers()) return;
  running.ready = true;
  tell_(running.service.name + ": ready");
}

/// Whether that it is not ready yet holds up the start of all.
bool Supervisor::must_be_ready(const Running& running) const {
  return !was_ready_ && !running.service.answers;
}

base::Result<void> Supervisor::reap_looked_after() {
  SRASTA_TRY_ASSIGN(const std::optional<Exit> exit, looked_after_->wait({}));
  SRASTA_CHECK(exit.has_value(), "a child that ended can be waited for");
  looked_after_ = nullptr;
  on_end_of_looked_after_(exit.value_or(Exit{}));
  return {};
}

base::Result<void> Supervisor::reap() {
  for (pid_t ended = find_ended_child(); ended > 0; ended = find_ended_child()) {
    if (looked_after_ != nullptr && looked_after_->pid() == ended) {
      SRASTA_TRY(reap_looked_after());
      continue;
    }
    Running* const running = find_running(ended);
    if (running == nullptr || !running->child) {
      ::waitpid(ended, nullptr, 0);
      continue;
    }
    SRASTA_TRY_ASSIGN(const std::optional<Exit> exit, running->child->wait({}));
    SRASTA_CHECK(exit.has_value(), "a child that ended can be waited for");
    SRASTA_TRY(took_end(*running, exit.value_or(Exit{})));
  }
  return {};
}

Supervisor::Running* Supervisor::find_running(pid_t pid) {
  const auto found = std::ranges::find_if(services_, [pid](const auto& running) {
    return running->child && running->child->pid() == pid;
  });
  return found == services_.end() ? nullptr : found->get();
}

base::Result<void> Supervisor::took_end(Running& running, const Exit& exit) {
  const std::string what = fmt::format("{}: {}", running.service.name, exit.text());
  running.child.reset();
  settings_.on_end(running.service, exit);
  running.ready_pipe.reset();
  running.ready_text.clear();
  running.ready = false;
  if (kill_at_) {
    tell_(what);
    return {};
  }
  if (must_be_ready(running)) {
    const bool configuration = exit.status == kExitOfBadConfiguration;
    return base::make_error(configuration ? base::Code::Invalid : base::Code::Unavailable,
                            what + " before it was ready");
  }
  const base::Millis wait = running.backoff.after_run(running.started, clock_.mono());
  running.start_at = clock_.mono() + wait;
  tell_(fmt::format("{}; starting again in {} ms", what, wait.count()));
  return {};
}

base::Result<void> Supervisor::act_on_time() {
  const base::MonoTime now = clock_.mono();
  for (const auto& each : services_) {
    Running& running = *each;
    if (!running.child) continue;
    if (kill_at_ && now >= *kill_at_) {
      tell_(running.service.name + ": did not end in time, killed");
      running.child->kill();
    } else if (!kill_at_ && !running.ready &&
               now >= running.started + running.service.ready_within) {
      const std::string what = fmt::format("{}: not ready after {} ms", running.service.name,
                                           running.service.ready_within.count());
      if (must_be_ready(running)) return base::make_error(base::Code::Unavailable, what);
      tell_(what + ", killed");
      running.child->kill();
      running.started = now;
    }
  }
  if (kill_at_ && now >= *kill_at_) kill_at_ = now + base::Seconds(1);
  return {};
}

/// First signal: drain. Second: services are told again, which ends what is in flight. Third: kill.
void Supervisor::stop_sooner() {
  if (!kill_at_) return begin_stop();
  hurried_ ? kill_at_ = clock_.mono()
           : kill_at_ = std::min(*kill_at_, clock_.mono() + settings_.grace);
  hurried_ = true;
  for (const auto& each : services_) {
    Running& running = *each;
    if (running.child) running.child->terminate();
  }
}

void Supervisor::begin_stop() {
  const base::Millis limit = settings_.drain + settings_.grace;
  tell_(fmt::format("stopping: at most {} ms for what is in flight", limit.count()));
  kill_at_ = clock_.mono() + limit;
  for (const auto& each : services_) {
    Running& running = *each;
    if (running.child) running.child->terminate();
  }
}

void Supervisor::stop_everything() {
  for (const auto& running : services_) running->child.reset();
  kill_descendants(looked_after_ != nullptr ? std::set{looked_after_->pid()} : std::set<pid_t>());
  signals_.reset();
}

base::Millis Supervisor::until_next_deadline() const {
  const base::MonoTime now = clock_.mono();
  base::MonoTime next = now + std::chrono::hours(1);
  if (kill_at_) next = std::min(next, *kill_at_);
  for (const auto& running : services_) {
    if (kill_at_) break;
    if (running->child && !running->ready) {
      next = std::min(next, running->started + running->service.ready_within);
      if (running->service.answers) next = std::min(next, running->ask_at);
    }
    // What stands behind it is not started yet.
    if (must_be_ready(*running) && !running->ready) break;
    if (!running->child) next = std::min(next, running->start_at);
  }
  return std::max(base::Millis(0), std::chrono::ceil<base::Millis>(next - now));
}

bool Supervisor::all_ready() const {
  return std::ranges::all_of(
      services_, [](const auto& running) { return running->ready || running->service.answers; });
}

bool Supervisor::any_running() const {
  return std::ranges::any_of(services_,
                             [](const auto& running) { return running->child.has_value(); });
}

}  // namespace srasta::process
