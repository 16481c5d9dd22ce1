#pragma once

#include "app/service_start.h"
#include "base/file.h"
#include "base/result.h"
#include "config/config.h"
#include "crypto/signature.h"
#include "identity/forwarded_authenticator.h"
#include "process/confine.h"

#include <string>
#include <vector>

namespace srasta::app {

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
                                              const StartOptions& options, base::FileSystem& files);

/// `load_config`, and the key that the supervisor made for the engines that it starts, where there
/// is one: run/engine.key.
[[nodiscard]] base::Result<config::Loaded> load_api_config(const StartOptions& options,
                                                           const config::Environment& environment,
                                                           base::FileSystem& files);

/// What the gateway may still touch: its ledger, run/, its own folders, the configuration and the
/// files that it names.
[[nodiscard]] process::Confinement api_confinement(const StartOptions& options,
                                                   const config::Config& config);

/// Publishes the URL in run/gateway.url.
void announce_url(const StartOptions& options, const std::string& url, base::FileSystem& files);

}  // namespace srasta::app
