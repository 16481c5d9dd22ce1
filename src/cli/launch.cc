#include "cli/launch.h"

#include "base/encoding.h"
#include "base/entropy.h"
#include "cli/access_publisher.h"
#include "cli/data_folder.h"
#include "cli/liveness.h"
#include "json/writer.h"
#include "process/sealed_memory.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr const char* kStandardConfig = "/etc/srasta/srasta.yaml";
constexpr const char* kAccount = "srasta";
constexpr size_t kKeyBytes = 32;
constexpr std::array<std::string_view, 5> kPassedOn = {"PATH", "TZ", "LANG", "SSL_CERT_FILE",
                                                       "SSL_CERT_DIR"};

std::string absolute(const std::string& path) {
  std::error_code failure;
  const auto full = std::filesystem::absolute(path, failure).lexically_normal();
  return failure ? path : full.string();
}

config::Environment own_environment(const LaunchOptions& options,
                                    const config::Environment& environment) {
  config::Environment own = environment;
  if (!options.listen.empty()) own["SRASTA_LISTEN"] = options.listen;
  return own;
}

config::Environment passed_on(const config::Environment& environment) {
  config::Environment out;
  for (const auto& [name, value] : environment) {
    const bool listed = std::ranges::find(kPassedOn, name) != kPassedOn.end();
    const bool ours = name.starts_with("SRASTA_") && !name.starts_with("SRASTA_FD_");
    if (listed || ours) out.emplace(name, value);
  }
  return out;
}

/// The account that services run as; nothing when it is this process's own.
base::Result<std::optional<process::User>> service_user() {
  if (::geteuid() != 0) return std::optional<process::User>();
  SRASTA_TRY_ASSIGN(auto user, process::find_user(kAccount));
  if (!user) {
    fmt::print(
        stderr,
        "srasta: warning: services run as root because there is no user srasta; create it "
        "with: useradd --system --home-dir /var/lib/srasta --shell /usr/sbin/nologin srasta\n");
  }
  return user;
}

/// Only this process and what it starts know the key; it is gone with them.
identity::ForwardingKey make_supervisor_key() {
  base::SystemEntropy entropy;
  return {.id = "supervisor-boot", .secret = base::Secret(base::random_bytes(entropy, kKeyBytes))};
}

base::Result<base::Descriptor> seal_keys(const Installation::Keys& keys,
                                         const identity::ForwardingKey& supervisor) {
  json::Writer writer;
  writer.begin_object().member("issuer_pem", keys.issuer_pem.expose());
  writer.member("access_key", keys.access.expose());
  writer.key("forwarding").begin_array().begin_object();
  writer.member("service", kSupervisor).member("key_id", supervisor.id);
  writer.member("secret", base::to_hex(supervisor.secret.expose()));
  writer.end_object().end_array().end_object();
  return process::seal_memory("srasta-keys", base::Secret(writer.take()));
}

base::Result<std::string> folder_of_this_program() {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure) return base::make_error(base::Code::Io, "read /proc/self/exe: " + failure.message());
  return self.parent_path().string();
}

}  // namespace

const LaunchOptions& add_launch_options(Command command) {
  LaunchOptions& options = command.keep(LaunchOptions());
  command.add_option("--config", options.config,
                     "Configuration file (default: /etc/srasta/srasta.yaml if it exists)");
  command.add_option("--data", options.data,
                     "Data folder (default: /var/lib/srasta as root, else ~/.local/share/srasta)");
  command.add_option("--listen", options.listen,
                     "ADDRESS:PORT in place of the configured one; port 0 takes any free port");
  return options;
}

std::string config_file(const std::string& given) {
  if (!given.empty()) return absolute(given);
  std::error_code failure;
  return std::filesystem::exists(kStandardConfig, failure) ? kStandardConfig : "";
}

std::string data_folder(const std::string& given) {
  std::string folder = given.empty() ? default_data_folder() : absolute(given);
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return folder;
}

base::Result<config::Loaded> load_launch_config(const LaunchOptions& options,
                                                const config::Environment& environment) {
  auto loaded =
      config::load_config(config_file(options.config), own_environment(options, environment));
  if (!loaded) loaded.error().code = base::Code::Invalid;
  return loaded;
}

base::Result<Launch> prepare_launch(const LaunchOptions& options,
                                    const config::Environment& environment) {
  SRASTA_TRY_ASSIGN(config::Loaded loaded, load_launch_config(options, environment));
  SRASTA_TRY_ASSIGN(auto user, service_user());
  Installation installation(data_folder(options.data), user);
  SRASTA_TRY_ASSIGN(Installation::Keys own_keys, installation.open_keys());
  identity::ForwardingKey supervisor_key = make_supervisor_key();
  SRASTA_TRY_ASSIGN(base::Descriptor keys, seal_keys(own_keys, supervisor_key));
  if (user) {
    if (const int failure = process::switch_to(*user); failure != 0) {
      return base::errno_error("become user srasta", failure);
    }
  }
  SRASTA_TRY(installation.open_state());
  return Launch{.loaded = std::move(loaded),
                .environment = passed_on(own_environment(options, environment)),
                .config = config_file(options.config),
                .listen = options.listen,
                .installation = std::move(installation),
                .keys = std::move(keys),
                .access_key = std::move(own_keys.access),
                .log_key = std::move(own_keys.log),
                .supervisor_key = std::move(supervisor_key)};
}

base::Result<process::ChildSpec> api_spec(const Launch& launch) {
  SRASTA_TRY_ASSIGN(const std::string folder, folder_of_this_program());
  process::ChildSpec spec{.program = folder + "/srasta-api",
                          .arguments = {"--data", launch.installation.folder()},
                          .environment = launch.environment,
                          .inherited = {launch.keys.get()},
                          .user = {}};
  if (!launch.listen.empty()) {
    spec.arguments.insert(spec.arguments.end(), {"--listen", launch.listen});
  }
  if (!launch.config.empty()) {
    spec.arguments.insert(spec.arguments.begin(), {"--config", launch.config});
  }
  spec.environment["SRASTA_FD_KEYS"] = std::to_string(process::kFirstInherited);
  return spec;
}

}  // namespace srasta::cli
