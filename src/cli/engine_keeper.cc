#include "cli/engine_keeper.h"

#include "base/descriptor.h"
#include "base/encoding.h"
#include "cli/dialling.h"
#include "cli/engine_events.h"
#include "cli/engine_starts.h"
#include "cli/exit_code.h"
#include "config/engine.h"
#include "process/output_files.h"
#include "process/sealed_memory.h"
#include "process/supervisor.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

/// Of GPU nodes on Debian and others.
constexpr auto kDeviceGroups = std::to_array<std::string_view>({"video", "render"});

void tell(const std::string& line) {
  fmt::print(stderr, "srasta: engines: {}\n", line);
}

base::Result<base::Descriptor> handed_over(const config::Environment& environment,
                                           std::string_view variable) {
  const auto found = environment.find(std::string(variable));
  const auto number = found == environment.end() ? std::nullopt : base::parse_u64(found->second);
  if (number && *number <= 1024) return base::Descriptor(static_cast<int>(*number));
  return base::make_error(base::Code::Invalid, "only `srasta up` starts this");
}

/// What every engine inherits. Core files would hold prompts.
base::Result<void> give_up_what_no_engine_needs() {
  ::umask(0077);
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return base::errno_error("no core files", errno);
  if (::prctl(PR_SET_DUMPABLE, 0) != 0) return base::errno_error("not dumpable", errno);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return base::errno_error("no_new_privs", errno);
  }
  // The closed socket says that `srasta up` is gone. A kill would leave what engines started.
  if (::prctl(PR_SET_PDEATHSIG, 0) != 0) return base::errno_error("parent-death signal", errno);
  if (::chdir("/") != 0) return base::errno_error("chdir", errno);
  // The threads of this process leave them to the supervisor.
  sigset_t signals{};
  ::sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) ::sigaddset(&signals, number);
  if (::sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) return base::errno_error("signals", errno);
  return {};
}

/// Waits for a message; whether one came.
bool receive(const base::Descriptor& platform) {
  std::array<char, 16> message{};
  ssize_t got = 0;
  do {
    got = ::recv(platform.get(), message.data(), message.size(), 0);
  } while (got < 0 && errno == EINTR);
  return got > 0;
}

/// Nobody waits for a reader that is slow.
void send(const base::Descriptor& platform, const EngineEvent& event) {
  const std::string message = to_message(event);
  (void)::send(platform.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

base::Result<std::optional<process::User>> user_of(const EngineStart& start) {
  if (start.user.empty()) return std::optional<process::User>();
  SRASTA_TRY_ASSIGN(auto user, process::find_user(start.user));
  if (!user || user->id == 0) {
    return base::make_error(base::Code::Denied, start.user + " is no user that engines may run as");
  }
  SRASTA_TRY(process::join_groups(*user, kDeviceGroups));
  return user;
}

base::Result<process::Service> service_of(const EngineStart& start, process::OutputFiles& output) {
  SRASTA_TRY_ASSIGN(auto user, user_of(start));
  const std::string file = "engine-" + start.name;
  SRASTA_TRY_ASSIGN(const int log, output.add(file));
  return process::Service{.name = start.name,
                          .child = {.program = start.program,
                                    .arguments = start.arguments,
                                    .environment = start.environment,
                                    .inherited = {},
                                    .user = std::move(user),
                                    .output = log,
                                    .errors = log},
                          .ready_within = start.ready_within,
                          .answers = [port = start.port] {
                            return answers(std::string(config::kEngineHost), port, Names::Numeric);
                          }};
}

/// Until the other end of `platform` is closed, or a signal comes.
base::Result<void> keep(const EngineStarts& starts, const base::Descriptor& platform) {
  process::OutputFiles output(
      {.folder = starts.data_folder + "/logs", .owned_as = starts.data_folder});
  const base::SystemClock clock;
  process::Supervisor supervisor(
      clock,
      {.drain = base::Millis(0),
       .grace = base::Seconds(kEngineGraceSeconds),
       .backoff = {},
       .on_start =
           [&](const process::Service& service, pid_t pid) {
             send(platform, {.engine = service.name, .pid = pid, .exit = {}});
           },
       .on_end =
           [&](const process::Service& service, const process::Exit& exit) {
             send(platform, {.engine = service.name, .pid = 0, .exit = exit});
           }},
      tell);
  for (const EngineStart& start : starts.engines) {
    SRASTA_TRY_ASSIGN(process::Service service, service_of(start, output));
    supervisor.add(std::move(service));
  }
  output.begin();
  std::thread watch([&] {
    while (receive(platform)) {
    }
    supervisor.stop();
  });
  const auto ended = supervisor.run([] {});
  ::shutdown(platform.get(), SHUT_RD);
  watch.join();
  return ended;
}

base::Result<void> run(const config::Environment& environment) {
  SRASTA_TRY_ASSIGN(const base::Descriptor memory, handed_over(environment, kStartsVariable));
  SRASTA_TRY_ASSIGN(const base::Descriptor platform, handed_over(environment, kPlatformVariable));
  SRASTA_TRY_ASSIGN(const base::Secret json, process::read_sealed_memory(memory.get()));
  SRASTA_TRY_ASSIGN(const EngineStarts starts, parse_engine_starts(json.expose()));
  SRASTA_TRY(give_up_what_no_engine_needs());
  if (!receive(platform)) return {};
  return keep(starts, platform);
}

}  // namespace

void add_engine_keeper(Command root, const config::Environment& environment) {
  const Command command =
      root.add_subcommand(kEngineKeeper, "Keeps engines running for `srasta up`");
  command.hide();
  command.set_action([&environment] {
    const auto outcome = run(environment);
    return outcome ? kOk : fail_with(outcome.error());
  });
}

}  // namespace srasta::cli
