#include "cli/doctor.h"

#include "base/encoding.h"
#include "cli/exit_code.h"
#include "cli/findings.h"
#include "cli/launch.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok:
      return "ok";
    case Verdict::Warn:
      return "warn";
    case Verdict::Fail:
      return "fail";
  }
  return "fail";
}

void print(const Finding& finding) {
  fmt::print("{:<5} {:<16} {}", name_of(finding.verdict), finding.subject, finding.text);
  if (!finding.next_step.empty()) fmt::print(" -> {}", finding.next_step);
  fmt::print("\n");
}

struct DoctorOptions {
  const LaunchOptions* launch = nullptr;
  std::string expect;
};

int examine(const DoctorOptions& given, config::Environment environment) {
  const LaunchOptions& options = *given.launch;
  std::optional<sandbox::Tier> expected;
  if (!given.expect.empty()) {
    expected = sandbox::parse_tier(base::to_lower(given.expect));
    if (!expected || *expected == sandbox::Tier::None) {
      print_error(base::make_error(base::Code::Invalid, "--expect: one of T3, T1, T1c"));
      return kUsage;
    }
  }
  const std::string file = config_file(options.config);
  const std::string data = data_folder(options.data);
  if (!options.listen.empty()) environment["SRASTA_LISTEN"] = options.listen;
  const auto loaded = config::load_config(file, environment);
  if (!loaded) {
    print_error(loaded.error());
    return kUsage;
  }
  std::vector<Finding> findings = examine_installation(*loaded, file, data);
  for (auto& more : {examine_network(loaded->config, data), examine_engines(loaded->config, data),
                     examine_sinks(loaded->config, data), examine_backups(data),
                     examine_sandbox(loaded->config, expected), examine_host(data)}) {
    findings.insert(findings.end(), more.begin(), more.end());
  }
  for (const Finding& finding : findings) print(finding);
  const bool failed =
      std::ranges::find(findings, Verdict::Fail, &Finding::verdict) != findings.end();
  return failed ? kNegative : kOk;
}

}  // namespace

void add_doctor(Command root, const config::Environment& environment) {
  const Command command =
      root.add_subcommand("doctor", "Check what Srasta needs on this host, with next steps");
  command.set_footer(
      "One line per check: ok, warn or fail, and after -> what to do.\n"
      "Exit code 0: nothing failed. 1: something failed. 2: the configuration is refused.\n\n"
      "Examples:\n"
      "  srasta doctor --data /var/lib/srasta\n"
      "  srasta doctor --expect T1");
  DoctorOptions& options = command.keep(DoctorOptions());
  options.launch = &add_launch_options(command);
  command.add_option("--expect", options.expect,
                     "Fail unless commands can be sandboxed at least so: T3, T1, T1c");
  command.set_action([&options, &environment] { return examine(options, environment); });
}

}  // namespace srasta::cli
