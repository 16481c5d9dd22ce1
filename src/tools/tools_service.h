#pragma once

#include "audit/ledger.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/log.h"
#include "config/config.h"
#include "crypto/signature.h"
#include "identity/forwarded_authenticator.h"
#include "net/loop.h"
#include "sandbox/runner_client.h"
#include "service/internal_routes.h"
#include "service/process_signals.h"
#include "service/unix_door.h"
#include "tools/approvals_core.h"
#include "tools/merge_requests_core.h"
#include "tools/policy_store.h"
#include "tools/tools_core.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace srasta::tools {

/// Folders in which repositories may lie, canonical; what does not exist is left out.
[[nodiscard]] std::vector<std::string> repository_roots(const config::Tools& tools,
                                                        const std::string& data_folder);

/// The tool gateway as a process: its socket run/tools.sock, its ledger stream, its start, reloads
/// and end.
class ToolsService {
  struct Key {};

 public:
  struct Settings {
    config::Loaded loaded;
    std::string data_folder;
    /// The keys whose signatures of policies count.
    std::vector<crypto::PublicKey> policy_keys;
    std::vector<identity::ForwardingPeer> peers;
    /// Runs commands; without it none run.
    std::optional<sandbox::RunnerClient> runner;
    /// Reads the configuration again, from where `loaded` came.
    std::function<base::Result<config::Loaded>()> reload;
    std::string build_digest;  ///< SHA-256 of the running executable, hexadecimal
  };
  struct Environment {
    const base::Clock& clock;
    base::Entropy& entropy;
    base::FileSystem& files;
    base::Log& log;
  };

  static base::Result<std::unique_ptr<ToolsService>> open(Settings settings,
                                                          Environment environment);
  ToolsService(Key, Settings settings, Environment environment);
  ToolsService(const ToolsService&) = delete;
  ToolsService& operator=(const ToolsService&) = delete;
  ~ToolsService();

  /// Serves until SIGTERM or SIGINT, then lets what is in flight finish; SIGHUP reads policies
  /// again. The signals must be blocked in every thread. Calls `ready` once requests are answered.
  void run(const std::function<void()>& ready);

 private:
  base::Result<void> open_ledger();
  base::Result<void> open_door();
  base::Result<void> open_approvals();
  [[nodiscard]] service::InternalAnswers internal_answers();
  void reload();
  void end();
  net::Task<void> close();

  Settings settings_;
  const Environment env_;
  net::Loop loop_;
  std::unique_ptr<audit::Ledger> ledger_;
  service::InternalAnswers answers_;
  std::string config_digest_;  // of the configuration in force
  std::unique_ptr<service::UnixDoor> door_;
  std::unique_ptr<PolicyStore> policies_;
  std::unique_ptr<StoreThread> store_;
  std::unique_ptr<Approvals> approvals_;
  std::unique_ptr<ReadLabels> labels_;
  std::unique_ptr<MergeRequests> merges_;
  std::unique_ptr<Runs> runs_;
  std::unique_ptr<Calls> calls_;
  std::unique_ptr<ToolsCore> core_;
  std::unique_ptr<ApprovalsCore> approvals_core_;
  std::unique_ptr<MergeRequestsCore> merges_core_;
  std::unique_ptr<service::ProcessSignals> signals_;
  bool ending_ = false;
};

}  // namespace srasta::tools
