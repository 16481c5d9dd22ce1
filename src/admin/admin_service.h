#pragma once

#include "admin/admin_core.h"
#include "admin/config_channel.h"
#include "admin/registry.h"
#include "admin/sign_in/sign_in.h"
#include "audit/ledger.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/log.h"
#include "config/config.h"
#include "crypto/aead.h"
#include "identity/forwarded_authenticator.h"
#include "net/loop.h"
#include "service/internal_routes.h"
#include "service/process_signals.h"
#include "service/unix_door.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace srasta::admin {

/// The administration service as a process: its two sockets, run/admin.sock for the other processes
/// of the platform and run/operator.sock for the host's own operator, its ledger stream, its start,
/// its reloads and its end.
class AdminService {
  struct Key {};

 public:
  struct Settings {
    config::Loaded loaded;
    std::string data_folder;
    base::Secret access_key;  ///< of the access snapshot
    base::Secret admin_key;   ///< seals what the database keeps secret, 64 hexadecimal digits
    std::string config_file;  ///< empty: there is none
    /// Asks the supervisor to change it; nothing: nobody can be asked.
    std::optional<ConfigClient> config;
    config::Environment environment;
    std::vector<identity::ForwardingPeer> peers;
    /// Of the link by which the platform gets its first owner; nothing: none is offered.
    std::optional<crypto::Digest> first_owner;
    /// Reads the configuration again, from where `loaded` came.
    std::function<base::Result<config::Loaded>()> reload;
    Licensing licensing;       ///< `install` is filled in
    std::string build_digest;  ///< SHA-256 of the running executable, hexadecimal
  };
  struct Environment {
    const base::Clock& clock;
    base::Entropy& entropy;
    base::FileSystem& files;
    base::Log& log;
  };

  static base::Result<std::unique_ptr<AdminService>> open(Settings settings,
                                                          Environment environment);
  AdminService(Key, Settings settings, Environment environment);
  AdminService(const AdminService&) = delete;
  AdminService& operator=(const AdminService&) = delete;
  ~AdminService();

  /// Serves until SIGTERM or SIGINT, then lets what is in flight finish; SIGHUP reads the
  /// configuration again. The signals must be blocked in every thread. Calls `ready` once requests
  /// are answered.
  void run(const std::function<void()>& ready);

 private:
  class EverySecond;

  base::Result<void> open_box();
  /// What is sealed in the database must be of this key.
  base::Result<void> check_box();
  /// A history that is not written keeps nobody from being served.
  void note_file();
  base::Result<void> open_ledger();
  base::Result<void> open_doors();
  [[nodiscard]] service::InternalAnswers internal_answers();
  void reload();
  void end();
  net::Task<void> close();
  /// What must be there before anybody is answered.
  net::Task<void> prepare(std::function<void()> ready);

  Settings settings_;
  const Environment env_;
  net::Loop loop_;
  std::unique_ptr<audit::Ledger> ledger_;
  std::unique_ptr<Registry> registry_;
  service::InternalAnswers answers_;
  std::string config_digest_;  // of the configuration in force
  std::unique_ptr<service::UnixDoor> platform_;
  std::unique_ptr<service::UnixDoor> operator_;
  std::unique_ptr<crypto::SecretBox> box_;
  std::unique_ptr<AdminCore> core_;  // serves both doors
  std::unique_ptr<SignIn> sign_in_;
  std::unique_ptr<service::ProcessSignals> signals_;
  std::unique_ptr<EverySecond> every_second_;
  bool ending_ = false;
};

}  // namespace srasta::admin
