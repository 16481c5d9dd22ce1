#pragma once

#include "base/file.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"
#include "process/user.h"

#include <memory>
#include <optional>
#include <string>

namespace srasta::cli {

/// The data folder of one installation, as far as starting needs it. Made on first start, never
/// overwritten afterwards; wrong owners and modes are refused with the command that mends them.
class Installation {
 public:
  /// `services` is the account that services will run as, when it is not this process's own.
  Installation(std::string folder, std::optional<process::User> services);

  struct Keys {
    base::Secret issuer_pem;  ///< ES256, PKCS#8 PEM
    base::Secret access;      ///< authenticates the access snapshot
    base::Secret admin;       ///< seals what admin.db keeps secret
    base::Secret log;         ///< countersigns audit streams; Ed25519, PKCS#8 PEM
    base::Secret policy;      ///< signs policies of trials, likewise
  };
  /// The part that the starting user owns: the folder itself and keys/. The issuer's key is made
  /// only while there is no install.id: one that vanished later must come from a backup. An access
  /// key that vanished is made anew, as the snapshot is compiled anew. So is the admin key; the
  /// service refuses one that does not open what is sealed already. The log key is made only
  /// while there is no audit/keys/log.pub. Code::Denied for owners and modes, Code::Corrupt for a
  /// missing or damaged key.
  [[nodiscard]] base::Result<Keys> open_keys();

  /// The part that services own: run/, audit/, access/, admin/, gateway/ and install.id. To be
  /// called as their user.
  [[nodiscard]] base::Result<void> open_state();

  /// Held as long as a supervisor runs on this folder. Code::Conflict when another one does.
  [[nodiscard]] base::Result<std::unique_ptr<base::File>> lock();

  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// Where the gateway writes its URL once it listens.
  [[nodiscard]] std::string gateway_url_file() const { return folder_ + "/run/gateway.url"; }
  /// Where services answer the platform.
  [[nodiscard]] std::string gateway_socket() const { return folder_ + "/run/gateway.sock"; }
  [[nodiscard]] std::string admin_socket() const { return folder_ + "/run/admin.sock"; }
  [[nodiscard]] std::string tools_socket() const { return folder_ + "/run/tools.sock"; }

 private:
  [[nodiscard]] base::Result<void> open_folder();
  [[nodiscard]] base::Result<void> make_issuer_key(const std::string& path);
  /// Makes it when it is missing; whether it did.
  [[nodiscard]] base::Result<bool> make_symmetric_key(const std::string& path);
  [[nodiscard]] base::Result<base::Secret> open_access_key(const std::string& path);
  [[nodiscard]] base::Result<base::Secret> open_log_key(const std::string& path);
  [[nodiscard]] base::Result<base::Secret> open_policy_key(const std::string& path);

  base::PosixFileSystem files_;
  std::string folder_;
  std::optional<process::User> services_;
};

/// The issuer's private key, for commands that sign. Code::NotFound before the first start.
[[nodiscard]] base::Result<base::Secret> load_issuer_key(const std::string& data_folder);

/// The key that signs policies of trials, likewise.
[[nodiscard]] base::Result<base::Secret> load_policy_key(const std::string& data_folder);

/// The key of the access snapshot, likewise.
[[nodiscard]] base::Result<base::Secret> load_access_key(const std::string& data_folder);

/// The URL in run/gateway.url, without line end. Code::NotFound when no gateway has run.
[[nodiscard]] base::Result<std::string> load_gateway_url(const std::string& data_folder);

/// A file that only this user can have written and nobody else can read. Code::NotFound when it is
/// not there, Code::Denied, with the command that mends it, for owners and modes.
[[nodiscard]] base::Result<base::Secret> read_private_file(base::FileSystem& files,
                                                           const std::string& path);

/// Checks that `path` is a folder of `owner` that nobody else may write (`closed`: or read).
[[nodiscard]] base::Result<void> check_folder(const std::string& path, uid_t owner, bool closed);

/// Where the gateway of this configuration will be: `public_url`, else the address that it listens
/// on; empty for any free port.
[[nodiscard]] std::string configured_url(const config::Config& config);

}  // namespace srasta::cli
