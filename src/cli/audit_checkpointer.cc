#include "cli/audit_checkpointer.h"

#include "base/clock.h"
#include "cli/checkpointing.h"
#include "cli/exit_code.h"
#include "cli/launch.h"

#include <csignal>
#include <cstdio>
#include <string>
#include <sys/prctl.h>
#include <utility>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

/// Blocked for all threads, so that the wait gets them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int run_checkpointer(const LaunchOptions& options, const config::Environment& environment) {
  // The log key is in this process.
  ::prctl(PR_SET_DUMPABLE, 0);
  const sigset_t signals = block_signals();
  auto launch = prepare_launch(options, environment);
  if (!launch) return fail_with(launch.error());
  const base::SystemClock clock;
  const Checkpointing checkpointing(
      {.data_folder = launch->installation.folder(),
       .log_key = std::move(launch->log_key),
       .witnesses = launch->loaded.config.audit.witnesses,
       .tell = [](const std::string& line) { fmt::print(stderr, "srasta: {}\n", line); }},
      clock);
  int received = SIGHUP;
  while (received == SIGHUP) sigwait(&signals, &received);
  return kOk;
}

}  // namespace

void add_audit_checkpointer(Command audit, const AuditSource& source,
                            const config::Environment& environment) {
  const Command command =
      audit.add_subcommand("checkpointer", "Countersign the streams, where no `srasta up` does so");
  command.set_footer(
      "For services that are run one by one (`srasta serve api`). Runs in the foreground until\n"
      "SIGTERM or Ctrl-C; signs once more then, so end it after them. Holds the log key.");
  std::string& file = command.keep(std::string());
  command.add_option("--config", file, "configuration file, for audit.witnesses");
  command.set_action([&source, &file, &environment] {
    LaunchOptions options;
    options.data = source.data_folder;
    options.config = file;
    return run_checkpointer(options, environment);
  });
}

}  // namespace srasta::cli
