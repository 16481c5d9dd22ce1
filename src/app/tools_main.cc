// srasta-tools: the tool gateway. Started by `srasta up` or `srasta serve tools`.
#include "app/service_start.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "cli/command_runner.h"
#include "identity/license_file.h"
#include "policy/signature.h"
#include "process/confine.h"
#include "tools/tools_service.h"

#include <unistd.h>

#include <fmt/format.h>

namespace srasta::app {
namespace {

constexpr const char* kProgram = "srasta-tools";
constexpr const char* kAbout =
    "srasta-tools: the Srasta tool gateway. `srasta up` starts it; see `srasta --help`.";

int fail(const base::Error& error) {
  return report(kProgram, error);
}

struct ToolsKeys {
  std::vector<crypto::PublicKey> policy;
  std::vector<identity::ForwardingPeer> peers;
};

/// Keys that sign policies come from the configuration; without any the installation's own counts,
/// which the supervisor hands over.
base::Result<ToolsKeys> take_keys(const config::Environment& environment,
                                  const config::Tools& tools) {
  SRASTA_TRY_ASSIGN(const auto document, take_handed_over(environment));
  ToolsKeys keys;
  SRASTA_TRY_ASSIGN(keys.policy,
                    identity::read_signer_keys("tools.policy_keys", tools.policy_keys));
  if (!document) return keys;
  SRASTA_TRY_ASSIGN(keys.peers, handed_over_keys(*document, "forwarding"));
  if (!keys.policy.empty()) return keys;
  SRASTA_TRY_ASSIGN(const std::string own, handed_over(*document, "policy_key"));
  const auto raw = base::from_base64url(own);
  SRASTA_TRY_ASSIGN(auto key, crypto::PublicKey::ed25519(raw.value_or("")));
  keys.policy.push_back(std::move(key));
  return keys;
}

process::Confinement confinement(const StartOptions& options, const config::Config& config) {
  std::vector<std::string> files;
  for (const std::string& policy : config.tools.policies) {
    files.push_back(policy);
    files.push_back(policy + std::string(policy::kSignatureSuffix));
  }
  process::Confinement allowed = service_confinement(options, std::move(files));
  allowed.writable = tools::repository_roots(config.tools, options.data_folder);
  for (const char* folder : {"/audit", "/run", "/tools"}) {
    allowed.writable.push_back(options.data_folder + folder);
  }
  return allowed;
}

base::Result<cli::CommandRunner> start_runner(const std::string& scratch) {
  SRASTA_TRY_ASSIGN(const std::string self, cli::program_beside(kProgram));
  return cli::start_command_runner(self, scratch, std::nullopt);
}

/// Without a runner everything works but commands.
void log_runner(base::Log& log, const base::Result<cli::CommandRunner>& runner) {
  if (!runner) {
    log.error("commands cannot be run", {{"reason", std::string_view(runner.error().message)}});
    return;
  }
  const sandbox::HostReport& host = runner->client.host();
  log.info("commands run in sandboxes", {{"tier", to_string(host.strongest)}});
  for (const std::string& sentence : host.missing) {
    log.info("sandbox", {{"missing", std::string_view(sentence)}});
  }
}

int serve(const StartOptions& options) {
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  base::PosixFileSystem files;
  const config::Environment environment = process_environment();
  auto loaded = load_config(options, environment);
  if (!loaded) return fail(loaded.error());
  auto keys = take_keys(environment, loaded->config.tools);
  if (!keys) return fail(keys.error());
  auto build_digest = digest_of_this_program();
  for (const char* folder : {"/audit", "/run", "/tools", "/tools/runs", "/repositories"}) {
    if (auto made = files.make_folder(options.data_folder + folder); !made)
      return fail(made.error());
  }
  // Confined it could make no namespace.
  auto runner = start_runner(options.data_folder + "/tools/runs");
  // Before the first thread: what follows, including every library's thread, inherits it.
  auto enforced = process::confine(confinement(options, loaded->config));
  if (!enforced) return fail(enforced.error());
  base::Log log(clock, STDERR_FILENO, "tools", loaded->config.log_level);
  log_runner(log, runner);
  log_confinement(log, *enforced);
  auto service = tools::ToolsService::open(
      {.loaded = *std::move(loaded),
       .data_folder = options.data_folder,
       .policy_keys = std::move(keys->policy),
       .peers = std::move(keys->peers),
       .runner = runner ? std::optional(std::move(runner->client)) : std::nullopt,
       .reload = [&] { return load_config(options, environment); },
       .build_digest = build_digest()},
      {.clock = clock, .entropy = entropy, .files = files, .log = log});
  if (!service) return fail(service.error());
  (*service)->run([&] { tell_ready(environment); });
  return 0;
}

}  // namespace
}  // namespace srasta::app

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (!arguments.empty() && arguments.front() == srasta::cli::kRunCommands) {
    const auto served = srasta::cli::run_commands(arguments);
    return served ? 0 : srasta::app::fail(served.error());
  }
  srasta::app::block_signals();
  const auto options = srasta::app::parse_start_options(argc, argv, srasta::app::kAbout,
                                                        srasta::app::Listens::OnSockets);
  if (!options.ok()) return srasta::app::fail(options.error());
  try {
    return srasta::app::serve(*options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "srasta-tools: {}\n", error.what());
    return 1;
  }
}
