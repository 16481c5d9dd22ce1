#pragma once

#include "base/file.h"
#include "base/result.h"
#include "config/config.h"
#include "crypto/signature.h"
#include "process/confine.h"

#include <map>
#include <string>

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

/// The built-in issuer's key: from the sealed memory that the supervisor hands over, else from
/// keys/issuer.pem.
[[nodiscard]] base::Result<crypto::PrivateKey> take_issuer_key(
    const config::Environment& environment, const ApiOptions& options, base::FileSystem& files);

/// What the gateway may still touch: its ledger, run/, and the files that its configuration names.
[[nodiscard]] process::Confinement api_confinement(const ApiOptions& options,
                                                   const config::Config& config);

/// Publishes the URL in run/gateway.url, then tells the supervisor, if there is one.
void announce_ready(const config::Environment& environment, const ApiOptions& options,
                    const std::string& url, base::FileSystem& files);

}  // namespace srasta::app
