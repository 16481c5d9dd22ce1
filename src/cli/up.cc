#include "cli/up.h"

#include "admin/access_publisher.h"
#include "admin/config_channel.h"
#include "cli/companions.h"
#include "cli/engines.h"
#include "cli/exit_code.h"
#include "cli/launch.h"
#include "process/supervisor.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <sys/prctl.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

void tell(const std::string& line) {
  fmt::print(stderr, "srasta: {}\n", line);
}

void announce(const std::string& data) {
  const auto url = load_gateway_url(data);
  if (!url) return print_error(url.error());
  fmt::print("srasta: ready on {}\n", *url);
  std::fflush(stdout);
}

/// Once, for whoever started the platform. Where standard output is kept, as by systemd, the secret
/// stays away from it.
void offer_ownership(const std::string& data, const base::Secret& link,
                     const config::Environment& environment) {
  const auto url = load_gateway_url(data);
  if (link.empty() || !url) return;
  if (environment.contains("JOURNAL_STREAM")) {
    return tell(
        "this platform has no owner yet; make one with: srasta user add NAME --role owner "
        "--role admin; srasta user invite NAME");
  }
  fmt::print(
      "srasta: no owner yet; to become it, open this once within 24 hours:\n  {}/auth/setup/{}\n",
      *url, link.expose());
  std::fflush(stdout);
}

/// The URL of an earlier run must not be announced for this one.
base::Result<void> forget_gateway_url(const Installation& installation) {
  base::PosixFileSystem files;
  auto removed = files.remove(installation.gateway_url_file());
  if (!removed && removed.error().code == base::Code::NotFound) return {};
  return removed;
}

/// Keeps debuggers and core files away while keys pass through this process.
class Undumpable {
 public:
  Undumpable() { ::prctl(PR_SET_DUMPABLE, 0); }
  Undumpable(const Undumpable&) = delete;
  Undumpable& operator=(const Undumpable&) = delete;
  ~Undumpable() { ::prctl(PR_SET_DUMPABLE, 1); }
};

/// Sinks and witnesses are connections and keys of this process, and engines were told to another
/// one at the start, so a reload that seems to change them must not pass in silence.
void tell_of_what_needs_a_start(const config::Config& before, const config::Config& after) {
  const config::Audit& running = before.audit;
  const config::Audit& wanted = after.audit;
  if (before.inference.engines != after.inference.engines) {
    tell(
        "inference.engines: changed in the file, but engines run as they were started until "
        "`srasta up` is started again");
  }
  if (running.sinks != wanted.sinks) {
    tell(
        "audit.sinks: changed in the file, but not in force: copies go where they went until "
        "`srasta up` is started again");
  }
  if (running.witnesses != wanted.witnesses) {
    tell(
        "audit.witnesses: changed in the file, but not in force until `srasta up` is started "
        "again");
  }
  if (before.tools != after.tools) {
    tell(
        "tools: changed in the file, but not in force until `srasta up` is started again; what "
        "stands in policies is");
  }
}

/// The gateway says what is wrong with a configuration; it refuses the same one.
void publish_again(const LaunchOptions& options, const config::Environment& environment,
                   const Launch& launch) {
  const auto loaded = load_launch_config(options, environment);
  if (!loaded) return;
  tell_of_what_needs_a_start(launch.loaded.config, loaded->config);
  const auto published =
      admin::publish_access(launch.installation.folder(), *loaded, launch.access_key);
  if (!published) return tell("access rules not changed: " + published.error().message);
  if (published->changed) tell(fmt::format("access rules of revision {}", published->revision));
}

/// The administration service gets one end of the channel, under the name that it looks for.
void hand_over(process::ChildSpec& admin, const base::Descriptor& end) {
  admin.environment["SRASTA_FD_CONFIG"] =
      fmt::format("{}", process::kFirstInherited + admin.inherited.size());
  admin.inherited.push_back(end.get());
}

base::Result<void> run(const LaunchOptions& options, const config::Environment& environment) {
  const Undumpable undumpable;
  std::unique_ptr<Engines> engines;
  const auto spawn_engines = [&](const config::Loaded& loaded, const auto& services,
                                 const std::string& data_folder) -> base::Result<void> {
    SRASTA_TRY_ASSIGN(engines, Engines::spawn({.loaded = loaded,
                                               .config_file = config_file(options.config),
                                               .data_folder = data_folder,
                                               .environment = environment,
                                               .services = services,
                                               .tell = tell}));
    return {};
  };
  SRASTA_TRY_ASSIGN(Launch launch, prepare_launch(options, environment, spawn_engines));
  SRASTA_TRY_ASSIGN(const auto lock, launch.installation.lock());
  SRASTA_TRY(admin::publish_access(launch.installation.folder(), launch.loaded, launch.access_key));
  SRASTA_TRY(forget_gateway_url(launch.installation));
  SRASTA_TRY_ASSIGN(process::ChildSpec admin, admin_spec(launch));
  SRASTA_TRY_ASSIGN(process::ChildSpec api, api_spec(launch));
  SRASTA_TRY_ASSIGN(const auto channel, admin::make_config_channel());
  hand_over(admin, channel.first);
  const base::SystemClock clock;
  process::Supervisor supervisor(
      clock,
      {.drain = launch.loaded.config.drain,
       .backoff = {},
       .before_reload = [&] { publish_again(options, environment, launch); }},
      tell);
  supervisor.add({.name = "admin", .child = std::move(admin)});
  if (runs_tools(launch)) {
    SRASTA_TRY_ASSIGN(process::ChildSpec tools, tools_spec(launch));
    supervisor.add({.name = "tools", .child = std::move(tools)});
  }
  supervisor.add({.name = "api", .child = std::move(api)});
  if (engines) SRASTA_TRY(engines->begin(supervisor));
  std::optional<Companions> companions;
  const auto ended = supervisor.run([&] {
    companions.emplace(launch, supervisor, channel.second.get(), clock, tell);
    if (engines) {
      engines->report([&](const EngineEvent& event) { companions->note_engine(event); });
    }
    announce(launch.installation.folder());
    offer_ownership(launch.installation.folder(), launch.first_owner_link, environment);
  });
  // What was in flight is done, so no engine is needed any more.
  if (engines) engines->finish();
  if (companions) companions->finish();
  return ended;
}

}  // namespace

void add_up(Command root, const config::Environment& environment) {
  const Command command = root.add_subcommand("up", "Start Srasta on this host");
  command.set_footer(
      "Runs in the foreground until SIGTERM or Ctrl-C, then lets requests in flight finish for\n"
      "`drain` (30 s). Makes the data folder and its keys on first start. Prints one line on\n"
      "standard output once the gateway answers.\n\n"
      "Examples:\n"
      "  srasta up\n"
      "  srasta up --data ./data --listen 127.0.0.1:0\n"
      "  srasta up --config /etc/srasta/srasta.yaml");
  const LaunchOptions& options = add_launch_options(command);
  command.set_action([&options, &environment] {
    const auto outcome = run(options, environment);
    return outcome ? kOk : fail_with(outcome.error());
  });
}

}  // namespace srasta::cli
