// srasta-admin: users, roles and keys. Started by `srasta up` or `srasta serve admin`.
#include "admin/admin_service.h"
#include "admin/config_channel.h"
#include "admin/sign_in/random_secret.h"
#include "app/service_start.h"
#include "base/clock.h"
#include "identity/license_file.h"
#include "process/confine.h"

#include <unistd.h>

#include <fmt/format.h>

namespace srasta::app {
namespace {

constexpr const char* kProgram = "srasta-admin";
constexpr const char* kAbout =
    "srasta-admin: the Srasta administration service. `srasta up` starts it; see `srasta --help`.";

int fail(const base::Error& error) {
  return report(kProgram, error);
}

struct AdminKeys {
  base::Secret access;
  base::Secret admin;
  std::vector<identity::ForwardingPeer> peers;
  std::optional<crypto::Digest> first_owner = std::nullopt;
};

/// From the sealed memory that the supervisor hands over; without one, the access key comes from
/// its file, and no other process of the platform is answered.
base::Result<AdminKeys> take_keys(const config::Environment& environment,
                                  const StartOptions& options, base::FileSystem& files) {
  SRASTA_TRY_ASSIGN(const auto document, take_handed_over(environment));
  if (!document) {
    SRASTA_TRY_ASSIGN(std::string access,
                      base::read_file(files, options.data_folder + "/keys/access.key", 256));
    SRASTA_TRY_ASSIGN(std::string admin,
                      base::read_file(files, options.data_folder + "/keys/admin.key", 256));
    return AdminKeys{.access = base::Secret(std::move(access)),
                     .admin = base::Secret(std::move(admin)),
                     .peers = {}};
  }
  SRASTA_TRY_ASSIGN(std::string access, handed_over(*document, "access_key"));
  SRASTA_TRY_ASSIGN(auto peers, handed_over_keys(*document, "forwarding"));
  SRASTA_TRY_ASSIGN(std::string admin, handed_over(*document, "admin_key"));
  AdminKeys keys{.access = base::Secret(std::move(access)),
                 .admin = base::Secret(std::move(admin)),
                 .peers = std::move(peers)};
  if (auto link = handed_over(*document, "first_owner_link")) {
    keys.first_owner = admin::digest_of_secret(*link);
    base::wipe(*link);
  }
  return keys;
}

/// Nothing without a supervisor.
std::optional<admin::ConfigClient> config_client(const config::Environment& environment) {
  const auto descriptor = descriptor_in(environment, "SRASTA_FD_CONFIG");
  if (!descriptor) return std::nullopt;
  return admin::ConfigClient(*descriptor);
}

process::Confinement confinement(const StartOptions& options, const config::Config& config) {
  std::vector<std::string> files;
  for (const config::OAuthClient& client : config.clients) {
    if (!client.secret_file.empty()) files.push_back(client.secret_file);
  }
  for (const config::Issuer& issuer : config.issuers) {
    if (issuer.sign_in.client_id.empty()) continue;
    files.push_back(issuer.ca_file);
    files.push_back(issuer.sign_in.client_secret_file);
  }
  process::Confinement allowed = service_confinement(options, std::move(files));
  for (const char* folder : {"/audit", "/run", "/admin", "/access"}) {
    allowed.writable.push_back(options.data_folder + folder);
  }
  return allowed;
}

int serve(const StartOptions& options) {
  const base::SystemClock clock;
  base::SystemEntropy entropy;
  base::PosixFileSystem files;
  const config::Environment environment = process_environment();
  auto loaded = load_config(options, environment);
  if (!loaded) return fail(loaded.error());
  auto keys = take_keys(environment, options, files);
  if (!keys) return fail(keys.error());
  auto license_keys =
      identity::read_signer_keys("license.trusted_keys", loaded->config.license.trusted_keys);
  if (!license_keys) return fail(license_keys.error());
  auto build_digest = digest_of_this_program();
  for (const char* folder : {"/audit", "/run", "/admin"}) {
    if (auto made = files.make_folder(options.data_folder + folder); !made)
      return fail(made.error());
  }
  // Before the first thread: what follows, including every library's thread, inherits it.
  auto enforced = process::confine(confinement(options, loaded->config));
  if (!enforced) return fail(enforced.error());
  base::Log log(clock, STDERR_FILENO, "admin", loaded->config.log_level);
  log_confinement(log, *enforced);
  auto service =
      admin::AdminService::open({.loaded = *std::move(loaded),
                                 .data_folder = options.data_folder,
                                 .access_key = std::move(keys->access),
                                 .admin_key = std::move(keys->admin),
                                 .config_file = options.config_file,
                                 .config = config_client(environment),
                                 .environment = environment,
                                 .peers = std::move(keys->peers),
                                 .first_owner = keys->first_owner,
                                 .reload = [&] { return load_config(options, environment); },
                                 .licensing = {.keys = *std::move(license_keys), .install = {}},
                                 .build_digest = build_digest()},
                                {.clock = clock, .entropy = entropy, .files = files, .log = log});
  if (!service) return fail(service.error());
  (*service)->run([&] { tell_ready(environment); });
  return 0;
}

}  // namespace
}  // namespace srasta::app

int main(int argc, char** argv) {
  srasta::app::block_signals();
  const auto options = srasta::app::parse_start_options(argc, argv, srasta::app::kAbout,
                                                        srasta::app::Listens::OnSockets);
  if (!options.ok()) return srasta::app::fail(options.error());
  try {
    return srasta::app::serve(*options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "srasta-admin: {}\n", error.what());
    return 1;
  }
}
