#pragma once

#include "base/file.h"
#include "base/result.h"
#include "config/config.h"
#include "crypto/signature.h"
#include "identity/forwarded_authenticator.h"
#include "process/confine.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace srasta::app {

/// The arguments of srasta-api; `srasta up` writes them.
struct ApiOptions {
  std::string config_file;  ///< empty: built-in defaults
  std::string data_folder;
  std::string listen;  ///< empty: from the configuration
};

[[nodiscard]] base::Result<ApiOptions> parse_api_options(int argc, char** argv);

/// This process's environment, read once.
[[nodiscard]] config::Environment process_environment();

/// The keys of the gateway.
struct ApiKeys {
  crypto::PrivateKey issuer;                           ///< of the built-in issuer
  base::Secret access = {};                            ///< of the access snapshot
  std::vector<identity::ForwardingPeer> peers = {};    ///< who may use its socket
  std::vector<identity::ForwardingPeer> callees = {};  ///< whom it may ask
};

/// From the sealed memory that the supervisor hands over; without one, they come from
/// keys/issuer.pem and keys/access.key, and there are no peers.
[[nodiscard]] base::Result<ApiKeys> take_keys(const config::Environment& environment,
                                              const ApiOptions& options, base::FileSystem& files);

/// SHA-256 of the running executable, hexadecimal; empty when it cannot be read. Opens it at once,
/// before confinement forbids that, and reads it when called.
[[nodiscard]] std::function<std::string()> digest_of_this_program();

/// What the gateway may still touch: its ledger, run/, the configuration and the files that it
/// names, with their folders, so that they can be replaced while it runs.
[[nodiscard]] process::Confinement api_confinement(const ApiOptions& options,
                                                   const config::Config& config);

/// Publishes the URL in run/gateway.url, then tells the supervisor, if there is one.
void announce_ready(const config::Environment& environment, const ApiOptions& options,
                    const std::string& url, base::FileSystem& files);

}  // namespace srasta::app
