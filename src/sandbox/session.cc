#include "sandbox/session.h"

#include "sandbox/bubblewrap.h"
#include "sandbox/descendants.h"
#include "sandbox/own_tasks.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace srasta::sandbox {
namespace {

using base::Millis;

/// How long the preparations may take; they take some milliseconds.
constexpr Millis kStartLimit{10'000};
/// How long a killed process is waited for. Only one that the kernel holds takes longer.
constexpr Millis kEndLimit{5'000};
/// bubblewrap, its first process in the namespace, and the init.
constexpr uint64_t kOwnProcesses = 3;
constexpr int kControl = 3;

std::optional<Account> account_of(const Job& job) {
  if (::geteuid() != 0) return std::nullopt;
  return job.account;
}

/// A pipe that holds `text` and then ends.
base::Result<base::Descriptor> readable_text(const std::string& text) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::errno_error("pipe", errno);
  base::Descriptor reading(ends[0]);
  const base::Descriptor writing(ends[1]);
  if (::write(writing.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return base::errno_error("pipe", EIO);
  }
  return reading;
}

bool is_readable(int descriptor) {
  pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) == 1;
}

void kill_by(const base::Descriptor& pidfd) {
  ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
}

int until(base::MonoTime deadline, base::MonoTime now) {
  const auto left = std::chrono::ceil<Millis>(deadline - now);
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 60'000));
}

base::Micros micros_of(const timeval& time) {
  return base::Seconds(time.tv_sec) + base::Micros(time.tv_usec);
}

}  // namespace

Session::Session(const Job& job, const Host& host, int cancel_descriptor)
    : job_(job),
      host_(host),
      cancel_(cancel_descriptor),
      tier_(host.strongest),
      account_(account_of(job)),
      output_(job.limits.output_kept),
      errors_(job.limits.output_kept) {}

Session::~Session() {
  if (process_.pid > 0) end();
}

base::Result<Report> Session::run() {
  if (auto opened = open(); !opened.ok()) return start_error(opened.error().message);
  if (auto started = start(); !started.ok()) return start_error(started.error().message);
  SRASTA_TRY(await_ready());
  if (!outcome_) {
    SRASTA_TRY(fill());
    SRASTA_TRY(let_go());
    SRASTA_TRY(watch());
  }
  end();
  return report();
}

base::Error Session::start_error(const std::string& why) {
  if (process_.pid > 0) end();
  std::string said = output_.take().head + errors_.take().head;
  constexpr size_t kMostSaid = 400;
  said.resize(std::min(said.size(), kMostSaid));
  while (said.ends_with('\n')) said.pop_back();
  return base::make_error(base::Code::Unavailable, "the sandbox cannot be made: " + why,
                          std::move(said));
}

base::Result<void> Session::open() {
  init_.reset(::open(host_.programs.sandbox_init.c_str(), O_RDONLY | O_CLOEXEC));
  if (!init_.open()) return base::errno_error("open " + host_.programs.sandbox_init, errno);
  SRASTA_TRY(output_.open());
  SRASTA_TRY(errors_.open());
  if (tier_ == Tier::T3) return open_scratch();
  const std::string user = std::to_string(account_ ? account_->user : ::geteuid());
  const std::string group = std::to_string(account_ ? account_->group : ::getegid());
  SRASTA_TRY_ASSIGN(
      passwd_, readable_text("sandbox:x:" + user + ":" + group + "::/tmp:/usr/sbin/nologin\n"));
  SRASTA_TRY_ASSIGN(group_, readable_text("sandbox:x:" + group + ":\n"));
  if (tier_ != Tier::T1c) return {};
  SRASTA_TRY_ASSIGN(auto group_of_run, Cgroup::make(host_.programs.cgroups, job_.limits.memory,
                                                    job_.limits.processes + kOwnProcesses));
  cgroup_.emplace(std::move(group_of_run));
  return {};
}

base::Result<void> Session::open_scratch() {
  std::optional<Scratch::Owner> owner;
  if (account_) owner = {.user = account_->user, .group = account_->group};
  SRASTA_TRY_ASSIGN(auto scratch, Scratch::make(host_.programs.scratch, owner));
  scratch_.emplace(std::move(scratch));
  for (const char* name : {"workspace", "tmp"}) SRASTA_TRY(scratch_->folder(name));
  return {};
}

/// What RLIMIT_NPROC counts besides the program's processes: it counts by user and namespace.
uint64_t Session::counted_already() const {
  constexpr uint64_t kInit = 1;
  constexpr uint64_t kFirstOfNamespace = 1;
  if (in_namespace()) return kInit + kFirstOfNamespace;
  return account_ ? kInit : kInit + own_tasks();
}

InitSpec Session::init_spec() const {
  const Limits& limits = job_.limits;
  InitSpec spec;
  spec.tier = tier_;
  spec.control = kControl;
  spec.landlock_abi = static_cast<uint64_t>(host_.landlock_abi);
  spec.network = in_namespace() && job_.loopback ? 1 : 0;
  spec.exclusive = !in_namespace() && account_ ? 1 : 0;
  spec.cpu_seconds = static_cast<uint64_t>(limits.cpu.count());
  spec.address_space = tier_ == Tier::T1c ? 0 : limits.memory;
  spec.file_size = limits.file_size;
  spec.open_files = limits.open_files;
  spec.processes = limits.processes + counted_already();
  spec.tree_bytes = limits.tree_bytes;
  spec.tmp_bytes = limits.tmp_bytes;
  spec.files = limits.files;
  spec.folder = scratch_ ? scratch_->path() + "/workspace" : "/workspace";
  spec.tmp = scratch_ ? scratch_->path() + "/tmp" : "/tmp";
  for (const auto& [name, value] : job_.environment) {
    const bool replaced = scratch_ && (name == "HOME" || name == "TMPDIR");
    spec.environment.push_back(name + "=" + (replaced ? spec.tmp : value));
  }
  spec.argv = job_.argv;
  return spec;
}

base::Result<LaunchSpec> Session::launch_spec(int control) {
  LaunchSpec spec;
  spec.output = output_.writing();
  spec.errors = errors_.writing();
  spec.account = account_;
  spec.inherited = {control, init_.get()};
  if (in_namespace()) {
    spec.inherited.insert(spec.inherited.end(), {passwd_.get(), group_.get()});
    spec.program = host_.programs.bwrap;
    spec.arguments = bubblewrap_arguments({}, init_spec());
    // It asks for that itself once its child does not depend on it any more.
    spec.parent_death_signal = 0;
    if (cgroup_) spec.cgroup_procs = cgroup_->procs();
  } else {
    spec.program = "/proc/self/fd/" + std::to_string(kControl + 1);
    spec.arguments = to_arguments(init_spec());
    // It must have the time to end the others.
    spec.parent_death_signal = SIGTERM;
  }
  return spec;
}

base::Result<void> Session::start() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return base::errno_error("socketpair", errno);
  }
  control_.reset(ends[0]);
  const base::Descriptor theirs(ends[1]);
  SRASTA_TRY_ASSIGN(const LaunchSpec spec, launch_spec(theirs.get()));
  started_ = clock_.mono();
  finished_ = started_;
  SRASTA_TRY_ASSIGN(auto launched, launch(spec));
  process_ = std::move(launched);
  output_.close_writing();
  errors_.close_writing();
  return {};
}

/// Output is read whatever else is waited for: nobody who writes may block on us.
Session::Event Session::wait(base::MonoTime deadline) {
  while (true) {
    if (output_.total() + errors_.total() > job_.limits.output_total) return Event::TooMuchOutput;
    const base::MonoTime now = clock_.mono();
    if (now >= deadline) return Event::Timeout;
    std::array<pollfd, 4> waiting{{{.fd = control_.get(), .events = POLLIN, .revents = 0},
                                   {.fd = cancel_, .events = POLLIN, .revents = 0},
                                   {.fd = output_.reading(), .events = POLLIN, .revents = 0},
                                   {.fd = errors_.reading(), .events = POLLIN, .revents = 0}}};
    if (::poll(waiting.data(), waiting.size(), until(deadline, now)) <= 0) continue;
    if (waiting[1].revents != 0) return Event::Cancelled;
    if (waiting[0].revents != 0) return Event::Control;
    if (waiting[2].revents != 0) output_.drain();
    if (waiting[3].revents != 0) errors_.drain();
  }
}

base::Result<void> Session::await_ready() {
  const Event event = wait(clock_.mono() + std::min(kStartLimit, job_.limits.wall));
  if (event == Event::Cancelled) {
    outcome_ = Outcome::Cancelled;
    return {};
  }
  if (event != Event::Control) return start_error("it was not ready in time");
  SRASTA_TRY_ASSIGN(auto received, receive_control(control_.get()));
  if (!received) return start_error("it ended before it was ready");
  if (received->message.kind == ControlMessage::Kind::Failed) {
    return start_error(received->message.step_text());
  }
  const size_t expected = in_namespace() ? 2 : 1;
  if (received->descriptors.size() != expected) return start_error("it sent too little");
  workspace_ = std::move(received->descriptors[0]);
  if (in_namespace()) namespace_init_ = std::move(received->descriptors[1]);
  return {};
}

base::Result<void> Session::fill() {
  std::optional<TreeWriter::Owner> owner;
  if (account_) owner = {.user = account_->user, .group = account_->group};
  TreeWriter writer(workspace_.get(), owner);
  SRASTA_TRY(job_.fill(writer));
  filled_ = writer.written();
  return {};
}

base::Result<void> Session::let_go() {
  const SyscallFilter& filter = !in_namespace() ? host_.filter_t3
                                : job_.loopback ? host_.filter_loopback
                                                : host_.filter;
  int failure = send_bytes(control_.get(), filter.calls);
  if (failure == 0) failure = send_bytes(control_.get(), filter.arguments);
  if (failure != 0) return start_error("it ended before it was told to go on");
  started_ = clock_.mono();
  return {};
}

base::Result<void> Session::watch() {
  switch (wait(started_ + job_.limits.wall)) {
    case Event::Cancelled:
      outcome_ = Outcome::Cancelled;
      break;
    case Event::Timeout:
      outcome_ = Outcome::Timeout;
      break;
    case Event::TooMuchOutput:
      outcome_ = Outcome::TooMuchOutput;
      break;
    case Event::Control: {
      SRASTA_TRY_ASSIGN(auto received, receive_control(control_.get()));
      SRASTA_TRY(take_end(std::move(received)));
      break;
    }
  }
  finished_ = clock_.mono();
  return {};
}

base::Result<void> Session::take_end(std::optional<Received> received) {
  if (!received) {
    // The init itself was killed: by the program, or for want of memory.
    outcome_ = Outcome::Signalled;
    return {};
  }
  const ControlMessage& message = received->message;
  if (message.kind == ControlMessage::Kind::Ended) {
    ended_ = message;
    outcome_ = WIFEXITED(message.number) ? Outcome::Exited : Outcome::Signalled;
    return {};
  }
  if (message.step_text() != "execve") return start_error(message.step_text());
  end();
  return base::make_error(base::Code::NotFound, "the program cannot be started",
                          base::errno_error(job_.argv.front(), message.number).message);
}

void Session::kill_all() {
  if (namespace_init_.open()) {
    if (cgroup_) cgroup_->kill();
    // The kernel kills all in the namespace with its first process. bubblewrap then sees that
    // one's end, and ends; killed itself, it could not wait for it.
    kill_by(namespace_init_);
    return;
  }
  // At T3 the init ends its descendants, then itself. At T1 nothing foreign runs yet, and the init
  // ends once it comes to ask. Killed in the middle of its start, bubblewrap would leave a child
  // that waits for it for ever.
  ::shutdown(control_.get(), SHUT_RDWR);
}

/// Waits for what was killed, and meanwhile reads on.
bool Session::wait_for_processes(Millis limit) {
  const base::MonoTime deadline = clock_.mono() + limit;
  while (true) {
    const bool all = is_readable(process_.pidfd.get()) &&
                     (!namespace_init_.open() || is_readable(namespace_init_.get()));
    if (all) return true;
    const base::MonoTime now = clock_.mono();
    if (now >= deadline) return false;
    // One of both at a time: that which has not ended.
    const int other = is_readable(process_.pidfd.get()) ? -1 : process_.pidfd.get();
    std::array<pollfd, 4> waiting{
        {{.fd = other, .events = POLLIN, .revents = 0},
         {.fd = other < 0 ? namespace_init_.get() : -1, .events = POLLIN, .revents = 0},
         {.fd = output_.reading(), .events = POLLIN, .revents = 0},
         {.fd = errors_.reading(), .events = POLLIN, .revents = 0}}};
    ::poll(waiting.data(), waiting.size(), until(deadline, now));
    output_.drain();
    errors_.drain();
  }
}

/// What is left in the pipes. Without writers that is little, and ends.
void Session::drain_rest() {
  const base::MonoTime deadline = clock_.mono() + kEndLimit;
  while (!output_.ended() || !errors_.ended()) {
    const base::MonoTime now = clock_.mono();
    if (now >= deadline) break;
    std::array<pollfd, 2> waiting{{{.fd = output_.reading(), .events = POLLIN, .revents = 0},
                                   {.fd = errors_.reading(), .events = POLLIN, .revents = 0}}};
    ::poll(waiting.data(), waiting.size(), until(deadline, now));
    output_.drain();
    errors_.drain();
  }
}

void Session::end() {
  kill_all();
  const bool gone = wait_for_processes(kEndLimit);
  if (!gone) {
    if (in_namespace()) kill_children_of(process_.pid);
    kill_by(process_.pidfd);
  }
  if (const auto reaped = reap(process_); reaped.ok()) reaped_ = *reaped;
  const bool exclusive = !in_namespace() && account_;
  if (exclusive) kill_account(*account_);
  drain_rest();
  const bool pipes_ended = output_.ended() && errors_.ended();
  if (in_namespace()) {
    nothing_left_ = gone && (namespace_init_.open() || pipes_ended);
  } else {
    // The init ends by itself only when it has no descendant any more.
    nothing_left_ = gone && (WIFEXITED(reaped_.status) || (exclusive && pipes_ended));
  }
  process_ = {};
}

base::Result<Report> Session::report() {
  Report report;
  report.outcome = outcome_.value_or(Outcome::Signalled);
  report.tier = tier_;
  report.wall = finished_ - started_;
  report.cpu = micros_of(reaped_.used.ru_utime) + micros_of(reaped_.used.ru_stime);
  constexpr uint64_t kKib = 1024;
  report.max_rss_bytes = static_cast<uint64_t>(reaped_.used.ru_maxrss) * kKib;
  if (ended_) {
    report.cpu = base::Micros(ended_->cpu_micros);
    report.max_rss_bytes = static_cast<uint64_t>(ended_->max_rss_kib) * kKib;
  }
  const int status = ended_ ? ended_->number : SIGKILL;
  if (report.outcome == Outcome::Exited) report.status = WEXITSTATUS(status);
  if (report.outcome == Outcome::Signalled) report.signal = WTERMSIG(status);
  const bool failed = report.outcome == Outcome::Signalled || report.status != 0;
  const bool by_itself = report.outcome == Outcome::Signalled || report.outcome == Outcome::Exited;
  if (by_itself && failed && cgroup_ && cgroup_->out_of_memory()) {
    report.outcome = Outcome::OutOfMemory;
    report.status = 0;
    report.signal = 0;
  }
  report.output = output_.take();
  report.errors = errors_.take();
  report.nothing_left = nothing_left_;
  report.workspace = std::move(workspace_);
  report.filled = std::move(filled_);
  report.scratch = std::move(scratch_);
  return report;
}

}  // namespace srasta::sandbox
