// srasta-api: the gateway process. Started by `srasta up` or `srasta serve api`.
#include "admin/routes.h"
#include "admin/sign_in/web_routes.h"
#include "app/api_options.h"
#include "base/clock.h"
#include "evidence/evidence_plane.h"
#include "gateway/forwarded_plane.h"
#include "gateway/gateway.h"
#include "process/confine.h"
#include "telemetry/telemetry_plane.h"
#include "tools/routes.h"

#include <memory>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

namespace srasta::app {
namespace {

constexpr const char* kProgram = "srasta-api";
/// Of a command, as policies may allow it, and of what is done before and after it.
constexpr base::Seconds kLongestRun{3'700};
constexpr const char* kAbout =
    "srasta-api: the Srasta gateway. `srasta up` starts it; see `srasta --help`.";

int fail(const base::Error& error) {
  return report(kProgram, error);
}

/// The planes of other processes that this one is told the keys of.
std::vector<std::unique_ptr<gateway::ForwardedPlane>> forwarded_planes(
    const StartOptions& options, std::vector<identity::ForwardingPeer> callees,
    base::Entropy& entropy) {
  std::vector<std::unique_ptr<gateway::ForwardedPlane>> planes;
  for (identity::ForwardingPeer& callee : callees) {
    gateway::ForwardedPlane::Settings settings{
        .service = callee.service,
        .socket = options.data_folder + "/run/" + callee.service + ".sock",
        .key = std::move(callee.current),
        .routes = {}};
    if (callee.service == "admin") {
      settings.routes = admin::all_routes();
      settings.pages = admin::web_routes();
    } else if (callee.service == "tools") {
      settings.routes = tools::all_routes();
      settings.within = kLongestRun;
    } else {
      continue;
    }
    planes.push_back(std::make_unique<gateway::ForwardedPlane>(std::move(settings), entropy));
  }
  return planes;
}

/// Null unless traces go anywhere.
base::Result<std::unique_ptr<telemetry::TelemetryPlane>> telemetry_plane(
    const StartOptions& options, const config::Otlp& otlp, base::FileSystem& files,
    const base::Clock& clock, base::Entropy& entropy, base::Log& log) {
  if (otlp.endpoint.empty()) return std::unique_ptr<telemetry::TelemetryPlane>();
  SRASTA_TRY_ASSIGN(const std::string id,
                    base::read_file(files, options.data_folder + "/install.id", 256));
  return telemetry::TelemetryPlane::open(otlp, id.substr(0, id.find('\n')), clock, entropy, log);
}

int serve(const StartOptions& options) {
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  base::PosixFileSystem files;
  const config::Environment environment = process_environment();
  auto loaded = load_api_config(options, environment, files);
  if (!loaded) return fail(loaded.error());
  auto keys = take_keys(environment, options, files);
  if (!keys) return fail(keys.error());
  auto build_digest = digest_of_this_program();
  for (const char* folder : {"/audit", "/run", "/gateway", "/evidence", "/egress"}) {
    if (auto made = files.make_folder(options.data_folder + folder); !made)
      return fail(made.error());
  }
  // Before the first thread: what follows, including every library's thread, inherits it.
  auto enforced = process::confine(api_confinement(options, loaded->config));
  if (!enforced) return fail(enforced.error());
  base::Log log(clock, STDERR_FILENO, "api", loaded->config.log_level);
  log_confinement(log, *enforced);
  evidence::EvidencePlane evidence({.data_folder = options.data_folder}, files, clock, log);
  // Records of requests are searched where they are made.
  const auto forwarded = forwarded_planes(options, std::move(keys->callees), entropy);
  std::vector<service::HostedPlane*> planes = {&evidence};
  for (const auto& plane : forwarded) planes.push_back(plane.get());
  auto telemetry =
      telemetry_plane(options, loaded->config.telemetry.otlp, files, clock, entropy, log);
  if (!telemetry) return fail(telemetry.error());
  if (*telemetry) planes.push_back(telemetry->get());
  auto gateway = gateway::Gateway::open(
      {.loaded = *loaded,
       .access_key = std::move(keys->access),
       .reload = [&] { return load_api_config(options, environment, files); },
       .data_folder = options.data_folder,
       .issuer_key = std::move(keys->issuer),
       .build_digest = std::move(build_digest),
       .peers = std::move(keys->peers),
       .planes = std::move(planes)},
      {.clock = clock, .entropy = entropy, .files = files, .log = log});
  if (!gateway) return fail(gateway.error());
  (*gateway)->run([&] {
    announce_url(options, (*gateway)->url(), files);
    tell_ready(environment);
  });
  return 0;
}

}  // namespace
}  // namespace srasta::app

int main(int argc, char** argv) {
  srasta::app::block_signals();
  const auto options = srasta::app::parse_start_options(argc, argv, srasta::app::kAbout,
                                                        srasta::app::Listens::OnAddress);
  if (!options.ok()) return srasta::app::fail(options.error());
  try {
    return srasta::app::serve(*options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "srasta-api: {}\n", error.what());
    return 1;
  }
}
