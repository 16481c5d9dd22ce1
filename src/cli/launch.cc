#include "cli/launch.h"

#include "admin/accounts.h"
#include "admin/database.h"
#include "admin/sign_in/random_secret.h"
#include "base/encoding.h"
#include "base/entropy.h"
#include "cli/data_folder.h"
#include "cli/internal_client.h"
#include "cli/liveness.h"
#include "crypto/signature.h"
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

identity::ForwardingKey make_key(base::Entropy& entropy, std::string id) {
  return {.id = std::move(id), .secret = base::Secret(base::random_bytes(entropy, kKeyBytes))};
}

BootKeys make_boot_keys(const base::Secret& log_key) {
  base::SystemEntropy entropy;
  return {.supervisor_gateway = make_key(entropy, "supervisor-gateway-boot"),
          .supervisor_admin = make_key(entropy, "supervisor-admin-boot"),
          .gateway_admin = make_key(entropy, "gateway-admin-boot"),
          .supervisor_tools = make_key(entropy, "supervisor-tools-boot"),
          .gateway_tools = make_key(entropy, "gateway-tools-boot"),
          .backup_gateway = backup_key(log_key, "gateway"),
          .backup_admin = backup_key(log_key, "admin"),
          .backup_tools = backup_key(log_key, "tools")};
}

/// A peer and the key of the pair.
using Pair = std::pair<std::string_view, const identity::ForwardingKey*>;

void write_pairs(json::Writer& writer, std::string_view member, std::initializer_list<Pair> pairs) {
  writer.key(member).begin_array();
  for (const auto& [service, key] : pairs) {
    writer.begin_object().member("service", service).member("key_id", std::string_view(key->id));
    writer.member("secret", base::to_hex(key->secret.expose())).end_object();
  }
  writer.end_array();
}

base::Result<base::Descriptor> seal_gateway_keys(const Installation::Keys& keys,
                                                 const BootKeys& boot, bool tools) {
  json::Writer writer;
  writer.begin_object().member("issuer_pem", keys.issuer_pem.expose());
  writer.member("access_key", keys.access.expose());
  write_pairs(writer, "forwarding",
              {{kSupervisor, &boot.supervisor_gateway}, {kBackup, &boot.backup_gateway}});
  if (tools) {
    write_pairs(writer, "forwarding_to",
                {{"admin", &boot.gateway_admin}, {"tools", &boot.gateway_tools}});
  } else {
    write_pairs(writer, "forwarding_to", {{"admin", &boot.gateway_admin}});
  }
  writer.end_object();
  return process::seal_memory("srasta-keys", base::Secret(writer.take()));
}

base::Result<base::Descriptor> seal_admin_keys(const Installation::Keys& keys,
                                               const base::Secret& first_owner_link,
                                               const BootKeys& boot) {
  json::Writer writer;
  writer.begin_object().member("access_key", keys.access.expose());
  writer.member("admin_key", keys.admin.expose());
  if (!first_owner_link.empty()) writer.member("first_owner_link", first_owner_link.expose());
  write_pairs(writer, "forwarding",
              {{kSupervisor, &boot.supervisor_admin},
               {"gateway", &boot.gateway_admin},
               {kBackup, &boot.backup_admin}});
  writer.end_object();
  return process::seal_memory("srasta-keys", base::Secret(writer.take()));
}

base::Result<base::Descriptor> seal_tools_keys(const Installation::Keys& keys,
                                               const BootKeys& boot) {
  SRASTA_TRY_ASSIGN(const auto policy, crypto::PrivateKey::from_pem(keys.policy));
  json::Writer writer;
  writer.begin_object().member("policy_key", base::to_base64url(policy.public_bytes()));
  write_pairs(writer, "forwarding",
              {{kSupervisor, &boot.supervisor_tools},
               {"gateway", &boot.gateway_tools},
               {kBackup, &boot.backup_tools}});
  writer.end_object();
  return process::seal_memory("srasta-keys", base::Secret(writer.take()));
}

/// Nothing for a platform that has an owner, or whose people come from providers.
base::Result<base::Secret> make_first_owner_link(const std::string& data_folder,
                                                 const config::Config& config) {
  if (!config.issuers.empty()) return base::Secret();
  SRASTA_TRY_ASSIGN(std::optional<sql::Connection> database, admin::find_database(data_folder));
  int64_t owners = 0;
  if (database) {
    SRASTA_TRY_ASSIGN(owners, admin::count_owners(*database));
  }
  if (owners > 0) return base::Secret();
  base::SystemEntropy entropy;
  return std::move(admin::make_secret(entropy).text);
}

base::Result<std::string> folder_of_this_program() {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (failure) return base::make_error(base::Code::Io, "read /proc/self/exe: " + failure.message());
  return self.parent_path().string();
}

base::Result<process::ChildSpec> service_spec(const Launch& launch, std::string_view program,
                                              const base::Descriptor& keys) {
  SRASTA_TRY_ASSIGN(const std::string folder, folder_of_this_program());
  process::ChildSpec spec{.program = folder + std::string(program),
                          .arguments = {"--data", launch.installation.folder()},
                          .environment = launch.environment,
                          .inherited = {keys.get()},
                          .user = {}};
  if (!launch.config.empty()) {
    spec.arguments.insert(spec.arguments.begin(), {"--config", launch.config});
  }
  spec.environment["SRASTA_FD_KEYS"] = std::to_string(process::kFirstInherited);
  return spec;
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

base::Result<std::optional<process::User>> service_user() {
  if (::geteuid() != 0) return std::optional<process::User>();
  return process::find_user(kAccount);
}

base::Result<config::Loaded> load_launch_config(const LaunchOptions& options,
                                                const config::Environment& environment) {
  auto loaded =
      config::load_config(config_file(options.config), own_environment(options, environment));
  if (!loaded) loaded.error().code = base::Code::Invalid;
  return loaded;
}

base::Result<Launch> prepare_launch(const LaunchOptions& options,
                                    const config::Environment& environment,
                                    const BeforeSwitch& before_switch) {
  SRASTA_TRY_ASSIGN(config::Loaded loaded, load_launch_config(options, environment));
  SRASTA_TRY_ASSIGN(auto user, service_user());
  if (!user && ::geteuid() == 0) {
    fmt::print(
        stderr,
        "srasta: warning: services run as root because there is no user srasta; create it "
        "with: useradd --system --home-dir /var/lib/srasta --shell /usr/sbin/nologin srasta\n");
  }
  Installation installation(data_folder(options.data), user);
  SRASTA_TRY_ASSIGN(Installation::Keys own_keys, installation.open_keys());
  BootKeys boot_keys = make_boot_keys(own_keys.log);
  SRASTA_TRY_ASSIGN(base::Descriptor gateway_keys,
                    seal_gateway_keys(own_keys, boot_keys, !loaded.config.tools.policies.empty()));
  SRASTA_TRY_ASSIGN(base::Descriptor tools_keys, seal_tools_keys(own_keys, boot_keys));
  if (before_switch) SRASTA_TRY(before_switch(loaded, user, installation.folder()));
  if (user) {
    if (const int failure = process::switch_to(*user); failure != 0) {
      return base::errno_error("become user srasta", failure);
    }
  }
  SRASTA_TRY(installation.open_state());
  SRASTA_TRY_ASSIGN(base::Secret link, make_first_owner_link(installation.folder(), loaded.config));
  SRASTA_TRY_ASSIGN(base::Descriptor admin_keys, seal_admin_keys(own_keys, link, boot_keys));
  return Launch{.loaded = std::move(loaded),
                .environment = passed_on(own_environment(options, environment)),
                .config = config_file(options.config),
                .listen = options.listen,
                .installation = std::move(installation),
                .gateway_keys = std::move(gateway_keys),
                .admin_keys = std::move(admin_keys),
                .tools_keys = std::move(tools_keys),
                .first_owner_link = std::move(link),
                .access_key = std::move(own_keys.access),
                .log_key = std::move(own_keys.log),
                .boot_keys = std::move(boot_keys)};
}

base::Result<process::ChildSpec> api_spec(const Launch& launch) {
  SRASTA_TRY_ASSIGN(process::ChildSpec spec,
                    service_spec(launch, "/srasta-api", launch.gateway_keys));
  if (!launch.listen.empty()) {
    spec.arguments.insert(spec.arguments.end(), {"--listen", launch.listen});
  }
  return spec;
}

base::Result<process::ChildSpec> admin_spec(const Launch& launch) {
  return service_spec(launch, "/srasta-admin", launch.admin_keys);
}

base::Result<process::ChildSpec> tools_spec(const Launch& launch) {
  return service_spec(launch, "/srasta-tools", launch.tools_keys);
}

bool runs_tools(const Launch& launch) {
  return !launch.loaded.config.tools.policies.empty();
}

}  // namespace srasta::cli
