#include "cli/companions.h"

#include "cli/checkpointing.h"
#include "cli/config_digests.h"
#include "cli/config_keeper.h"
#include "cli/forwarding.h"
#include "cli/liveness.h"
#include "process/supervisor.h"

#include <optional>
#include <vector>

namespace srasta::cli {
namespace {

/// How long the end waits for sinks to take the last records.
constexpr base::Millis kLastCopies{3'000};

identity::ForwardingKey copy_of(const identity::ForwardingKey& key) {
  return {.id = key.id, .secret = key.secret.clone()};
}

std::optional<InternalPeer> tools_peer(const Launch& launch) {
  if (!runs_tools(launch)) return std::nullopt;
  return InternalPeer{.caller = kSupervisor,
                      .callee = "tools",
                      .socket = launch.installation.tools_socket(),
                      .key = launch.boot_keys.supervisor_tools};
}

}  // namespace

struct Companions::Work {
  Work(Launch& launch, process::Supervisor& supervisor, int config_channel,
       const base::Clock& clock, const Tell& tell);

  [[nodiscard]] Liveness::Settings liveness(const InternalPeer& service);
  [[nodiscard]] ConfigChangeParts config_change(const Launch& launch,
                                                process::Supervisor& supervisor) const;

  const InternalPeer gateway;
  const InternalPeer admin;
  const std::optional<InternalPeer> tools;
  Checkpointing checkpointing;
  Forwarding forwarding;
  Liveness gateway_liveness;
  Liveness admin_liveness;
  std::optional<Liveness> tools_liveness;
  ConfigKeeper config_keeper;
};

Companions::Work::Work(Launch& launch, process::Supervisor& supervisor, int config_channel,
                       const base::Clock& clock, const Tell& tell)
    : gateway{.caller = kSupervisor,
              .callee = "gateway",
              .socket = launch.installation.gateway_socket(),
              .key = launch.boot_keys.supervisor_gateway},
      admin{.caller = kSupervisor,
            .callee = "admin",
            .socket = launch.installation.admin_socket(),
            .key = launch.boot_keys.supervisor_admin},
      tools(tools_peer(launch)),
      checkpointing({.data_folder = launch.installation.folder(),
                     .log_key = std::move(launch.log_key),
                     .witnesses = launch.loaded.config.audit.witnesses,
                     .tell = tell},
                    clock),
      forwarding({.data_folder = launch.installation.folder(),
                  .sinks = launch.loaded.config.audit.sinks,
                  .tell = tell,
                  .on_lag = [this](const evidence::SinkLag& lag) { checkpointing.note_lag(lag); }},
                 clock),
      gateway_liveness(liveness(gateway), clock, [&supervisor] { supervisor.replace("api"); }),
      admin_liveness(liveness(admin), clock, [&supervisor] { supervisor.replace("admin"); }),
      config_keeper(config_channel, config_change(launch, supervisor), tell) {
  if (tools) {
    tools_liveness.emplace(liveness(*tools), clock, [&supervisor] { supervisor.replace("tools"); });
  }
}

Liveness::Settings Companions::Work::liveness(const InternalPeer& service) {
  return {.socket = service.socket,
          .callee = service.callee,
          .key = copy_of(service.key),
          .audit_head = [this] { return checkpointing.audit_head(); }};
}

ConfigChangeParts Companions::Work::config_change(const Launch& launch,
                                                  process::Supervisor& supervisor) const {
  return {.file = launch.config,
          .data_folder = launch.installation.folder(),
          .environment = launch.environment,
          .reload = [&supervisor] { supervisor.reload(); },
          .digests_in_force =
              [this] {
                std::vector<InternalPeer> asked = {gateway, admin};
                if (tools) asked.push_back(*tools);
                return config_digests(asked);
              },
          .services = tools ? 3U : 2U};
}

Companions::Companions(Launch& launch, process::Supervisor& supervisor, int config_channel,
                       const base::Clock& clock, const Tell& tell)
    : work_(std::make_unique<Work>(launch, supervisor, config_channel, clock, tell)) {}

Companions::~Companions() = default;

void Companions::note_engine(const EngineEvent& event) {
  work_->checkpointing.note_engine(event);
}

void Companions::finish() {
  work_->forwarding.finish(kLastCopies);
}

}  // namespace srasta::cli
