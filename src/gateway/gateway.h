#pragma once

#include "access/source_limits.h"
#include "audit/ledger.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/log.h"
#include "base/ulid.h"
#include "config/config.h"
#include "crypto/signature.h"
#include "gateway/access_keeper.h"
#include "gateway/access_recorder.h"
#include "gateway/core.h"
#include "gateway/key_keeper.h"
#include "gateway/plan.h"
#include "gateway/prober.h"
#include "gateway/watchdog.h"
#include "identity/forwarded_authenticator.h"
#include "service/hosted_plane.h"
#include "service/internal_routes.h"
#include "service/process_signals.h"
#include "service/unix_door.h"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace srasta::gateway {

/// The gateway as a process: its cores, its background work, its start, its reloads and its end.
class Gateway {
 public:
  struct Settings {
    config::Loaded loaded;
    base::Secret access_key = {};  ///< of the access snapshot in <data>/access
    /// Reads the configuration again, from where `loaded` came.
    std::function<base::Result<config::Loaded>()> reload;
    std::string data_folder;
    unsigned cores = 0;             ///< 0: one per processor that this process may use
    crypto::PrivateKey issuer_key;  ///< P-256, of the built-in issuer
    /// SHA-256 of the running executable, hexadecimal; called once, on a thread that may block.
    std::function<std::string()> build_digest;
    /// Services that may use run/gateway.sock; with none, the socket is not opened.
    std::vector<identity::ForwardingPeer> peers = {};
    /// Planes whose routes this process serves beside its own; they outlive the gateway.
    std::vector<service::HostedPlane*> planes = {};
  };
  struct Environment {
    const base::Clock& clock;
    base::Entropy& entropy;
    base::FileSystem& files;
    base::Log& log;
  };

  /// Opens the ledger and the listener. Nothing is served before `run`.
  static base::Result<std::unique_ptr<Gateway>> open(Settings settings, Environment environment);
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;
  ~Gateway();

  /// Serves until SIGTERM or SIGINT, then drains; SIGHUP reloads the configuration. The signals
  /// must be blocked in every thread. Calls `ready` once requests are answered.
  void run(const std::function<void()>& ready);

  /// The base URL under which clients reach this gateway.
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  struct Key {};

  base::Result<void> open_ledger();
  base::Result<void> open_access();
  base::Result<void> open_cores();
  base::Result<void> open_issuer();
  base::Result<void> open_background();
  base::Result<void> open_door();
  void access_changed(const std::shared_ptr<const access::AccessSnapshot>& next);
  void record_access(const access::AccessSnapshot& rules);
  void access_recorded(uint64_t epoch);
  [[nodiscard]] service::InternalAnswers internal_answers();
  [[nodiscard]] std::string metrics_page() const;
  net::Task<void> announce(const std::function<void()>& ready);

  [[nodiscard]] std::unique_ptr<Prober> make_prober(const std::shared_ptr<const Plan>& plan);
  void ask_reload();
  net::Task<void> reload_while_asked();
  net::Task<void> reload();
  [[nodiscard]] base::Result<std::shared_ptr<const Plan>> next_plan();
  net::Task<void> put_in_force(std::shared_ptr<const Plan> next);

  void asked_to_end();
  void begin_drain();
  net::Task<void> drain_core(Core& core, base::MonoTime deadline);
  void cut_off();
  void core_drained();
  net::Task<void> close();

 public:
  Gateway(Key, Settings settings, Environment environment);

 private:
  Settings settings_;
  const Environment env_;
  const std::vector<const service::RouteSpec*> routes_;  // its own and those of the planes
  std::shared_ptr<const Plan> plan_;                     // changes on the first loop only
  std::unique_ptr<audit::Ledger> ledger_;
  std::unique_ptr<service::Journal> journal_;
  std::unique_ptr<net::BlockingPool> blocking_;
  access::SourceLimits sources_;
  net::BodyBudget bodies_;
  net::BodyBudget upload_room_;
  inference::RetryBudget retries_;
  std::unique_ptr<const service::UploadSpace> uploads_;
  service::Throttle accept_failures_{base::Seconds(60)};  // it is tried ten times a second
  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<net::Loop>> loops_;
  std::unique_ptr<BudgetKeeper> budgets_;  // has a timer on the first loop
  std::unique_ptr<CommitmentKeeper> commitments_;
  std::unique_ptr<service::ProcessSignals> signals_;
  std::vector<std::unique_ptr<Core>> cores_;
  std::unique_ptr<AccessKeeper> access_;
  std::unique_ptr<AccessRecorder> access_recorder_;
  std::optional<crypto::Digest> access_source_;  // of the rules that were in force last
  std::unique_ptr<KeyKeeper> keys_;
  std::unique_ptr<Prober> prober_;
  service::InternalAnswers answers_;         // of the door
  std::unique_ptr<service::UnixDoor> door_;  // for the other processes of the platform
  std::unique_ptr<identity::Issuer> issuer_;
  base::UlidSource ids_;  // of changes of the configuration
  std::string url_;
  std::string build_digest_;  // empty until it is known
  bool draining_ = false;
  bool reloading_ = false;
  bool reload_asked_ = false;
  size_t cores_left_ = 0;
};

}  // namespace srasta::gateway
