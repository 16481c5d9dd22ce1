#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "cli/installation.h"
#include "config/config.h"
#include "identity/forwarded.h"
#include "process/child.h"
#include "process/user.h"

#include <functional>
#include <optional>
#include <string>

namespace srasta::cli {

/// What `srasta up` and `srasta serve` are told.
struct LaunchOptions {
  std::string config;  ///< empty: /etc/srasta/srasta.yaml if it exists
  std::string data;    ///< empty: `default_data_folder()`
  std::string listen;  ///< empty: as configured
};

/// Adds --config, --data and --listen. What they are given is kept as long as the command line.
[[nodiscard]] const LaunchOptions& add_launch_options(Command command);

/// `given`, else /etc/srasta/srasta.yaml if it exists, else nothing. Absolute.
[[nodiscard]] std::string config_file(const std::string& given);
/// `given`, else the default. Absolute, without trailing slash.
[[nodiscard]] std::string data_folder(const std::string& given);

/// The account `srasta`, as root; nothing when there is none, or when this process is not root and
/// services run as its user.
[[nodiscard]] base::Result<std::optional<process::User>> service_user();

/// The configuration; --listen wins over everything. Code::Invalid with every problem.
[[nodiscard]] base::Result<config::Loaded> load_launch_config(
    const LaunchOptions& options, const config::Environment& environment);

/// Keys of pairs of processes, the asking one first. Only this process and what it starts know
/// them; they are gone with them, but for those of `srasta backup`, which follow from a key on
/// disk.
struct BootKeys {
  identity::ForwardingKey supervisor_gateway;
  identity::ForwardingKey supervisor_admin;
  identity::ForwardingKey gateway_admin;
  identity::ForwardingKey supervisor_tools;
  identity::ForwardingKey gateway_tools;
  identity::ForwardingKey backup_gateway;  ///< as `backup_key` makes it
  identity::ForwardingKey backup_admin;
  identity::ForwardingKey backup_tools;
};

/// Everything that services are started from.
struct Launch {
  config::Loaded loaded;
  config::Environment environment;  ///< of services: an allow-list of this process's own
  std::string config;
  std::string listen;  ///< of --listen; empty: as configured
  Installation installation;
  /// Sealed memory: {"issuer_pem", "access_key", "forwarding", "forwarding_to"}.
  base::Descriptor gateway_keys;
  /// Sealed memory: {"access_key", "admin_key", "first_owner_link", "forwarding"}.
  base::Descriptor admin_keys;
  /// Sealed memory: {"policy_key", "forwarding"}.
  base::Descriptor tools_keys;
  /// Of the link by which a platform without an owner gets its first; empty: it has one.
  base::Secret first_owner_link;
  base::Secret access_key;  ///< of the access snapshot
  base::Secret log_key;     ///< countersigns audit streams
  BootKeys boot_keys;
};

/// What is done while the process may still be root, with the configuration, the account of
/// services and the data folder.
using BeforeSwitch = std::function<base::Result<void>(const config::Loaded& loaded,
                                                      const std::optional<process::User>& services,
                                                      const std::string& data_folder)>;

/// Reads the configuration (--listen wins over everything), opens the data folder and its keys,
/// calls `before_switch` if there is one and, as root with an account `srasta`, becomes that
/// account for good: this process needs root for nothing afterwards. Then opens what services own.
[[nodiscard]] base::Result<Launch> prepare_launch(const LaunchOptions& options,
                                                  const config::Environment& environment,
                                                  const BeforeSwitch& before_switch = nullptr);

/// `srasta-api` from the folder of this executable: argv `--config F --data D --listen A`
/// (--config only if there is a file), SRASTA_FD_KEYS names the inherited sealed memory.
/// `srasta-admin` and `srasta-tools` likewise, without --listen.
[[nodiscard]] base::Result<process::ChildSpec> api_spec(const Launch& launch);
[[nodiscard]] base::Result<process::ChildSpec> admin_spec(const Launch& launch);
[[nodiscard]] base::Result<process::ChildSpec> tools_spec(const Launch& launch);

/// Whether there is a policy, so that the tool gateway runs.
[[nodiscard]] bool runs_tools(const Launch& launch);

}  // namespace srasta::cli
