// srasta-api: the gateway process. Started by `srasta up` or `srasta serve api`.
#include "app/api_options.h"
#include "base/clock.h"
#include "evidence/evidence_plane.h"
#include "gateway/gateway.h"
#include "process/confine.h"

#include <csignal>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::app {
namespace {

constexpr int kConfigurationError = 2;

void block_signals() {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGINT);
  sigaddset(&blocked, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int report(const base::Error& error) {
  fmt::print(stderr, "srasta-api: {}\n", error.message);
  if (!error.detail.empty()) fmt::print(stderr, "  {}\n", error.detail);
  return error.code == base::Code::Invalid ? kConfigurationError : 1;
}

/// The option is an override like any variable: locked, and checked by the same rules.
base::Result<config::Loaded> load(const ApiOptions& options, config::Environment environment) {
  if (!options.listen.empty()) environment["SRASTA_LISTEN"] = options.listen;
  return config::load_config(options.config_file, environment);
}

void log_confinement(base::Log& log, const process::Enforced& enforced) {
  log.info("confined", {{"landlock_abi", int64_t{enforced.landlock_abi}},
                        {"no_new_privileges", enforced.no_new_privileges}});
  for (const std::string& gap : enforced.gaps)
    log.warn("confinement gap", {{"gap", std::string_view(gap)}});
}

int serve(const ApiOptions& options) {
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  base::PosixFileSystem files;
  const config::Environment environment = process_environment();
  auto loaded = load(options, environment);
  if (!loaded) return report(loaded.error());
  auto keys = take_keys(environment, options, files);
  if (!keys) return report(keys.error());
  auto build_digest = digest_of_this_program();
  for (const char* folder : {"/audit", "/run", "/gateway", "/evidence"}) {
    if (auto made = files.make_folder(options.data_folder + folder); !made)
      return report(made.error());
  }
  // Before the first thread: what follows, including every library's thread, inherits it.
  auto enforced = process::confine(api_confinement(options, loaded->config));
  if (!enforced) return report(enforced.error());
  base::Log log(clock, STDERR_FILENO, "api", loaded->config.log_level);
  log_confinement(log, *enforced);
  // Until srasta-admin is there, this process answers for it.
  evidence::EvidencePlane evidence({.data_folder = options.data_folder}, files, clock, log);
  auto gateway =
      gateway::Gateway::open({.loaded = *loaded,
                              .access_key = std::move(keys->access),
                              .reload = [&] { return load(options, environment); },
                              .data_folder = options.data_folder,
                              .issuer_key = std::move(keys->issuer),
                              .build_digest = std::move(build_digest),
                              .peers = std::move(keys->peers),
                              .planes = {&evidence}},
                             {.clock = clock, .entropy = entropy, .files = files, .log = log});
  if (!gateway) return report(gateway.error());
  (*gateway)->run([&] { announce_ready(environment, options, (*gateway)->url(), files); });
  return 0;
}

}  // namespace
}  // namespace srasta::app

// The leak check of sanitizer builds reads /proc, which confinement forbids; the unit tests have
// it.
extern "C" const char* __asan_default_options();  // NOLINT(readability-identifier-naming)
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0";
}

int main(int argc, char** argv) {
  srasta::app::block_signals();
  const auto options = srasta::app::parse_api_options(argc, argv);
  if (!options.ok()) return srasta::app::report(options.error());
  try {
    return srasta::app::serve(*options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "srasta-api: {}\n", error.what());
    return 1;
  }
}
