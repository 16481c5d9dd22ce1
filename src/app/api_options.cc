#include "app/api_options.h"

#include "base/file.h"
#include "config/engine.h"

#include <unistd.h>

namespace srasta::app {

base::Result<ApiKeys> take_keys(const config::Environment& environment, const StartOptions& options,
                                base::FileSystem& files) {
  SRASTA_TRY_ASSIGN(const auto document, take_handed_over(environment));
  if (!document) {
    SRASTA_TRY_ASSIGN(std::string pem,
                      base::read_file(files, options.data_folder + "/keys/issuer.pem", 16 * 1024));
    SRASTA_TRY_ASSIGN(auto issuer, crypto::PrivateKey::from_pem(base::Secret(std::move(pem))));
    SRASTA_TRY_ASSIGN(std::string access,
                      base::read_file(files, options.data_folder + "/keys/access.key", 256));
    return ApiKeys{.issuer = std::move(issuer), .access = base::Secret(std::move(access))};
  }
  SRASTA_TRY_ASSIGN(const std::string pem, handed_over(*document, "issuer_pem"));
  SRASTA_TRY_ASSIGN(auto issuer, crypto::PrivateKey::from_pem(base::Secret(pem)));
  SRASTA_TRY_ASSIGN(std::string access, handed_over(*document, "access_key"));
  ApiKeys keys{.issuer = std::move(issuer), .access = base::Secret(std::move(access))};
  SRASTA_TRY_ASSIGN(keys.peers, handed_over_keys(*document, "forwarding"));
  SRASTA_TRY_ASSIGN(keys.callees, handed_over_keys(*document, "forwarding_to"));
  return keys;
}

base::Result<config::Loaded> load_api_config(const StartOptions& options,
                                             const config::Environment& environment,
                                             base::FileSystem& files) {
  SRASTA_TRY_ASSIGN(config::Loaded loaded, load_config(options, environment));
  const std::string key_file = config::engine_key_file(options.data_folder);
  if (files.identity(key_file)) config::set_engine_key(loaded.config.inference, key_file);
  return loaded;
}

process::Confinement api_confinement(const StartOptions& options, const config::Config& config) {
  std::vector<std::string> files = {config.tls.cert_file, config.tls.key_file};
  for (const config::Issuer& issuer : config.issuers) files.push_back(issuer.ca_file);
  for (const config::Upstream& upstream : config.inference.upstreams) {
    files.insert(files.end(), {upstream.ca_file, upstream.key_file});
  }
  files.insert(files.end(), {config.telemetry.otlp.headers_file, config.telemetry.otlp.ca_file});
  process::Confinement allowed = service_confinement(options, std::move(files));
  allowed.writable = {options.data_folder + "/audit", options.data_folder + "/run",
                      options.data_folder + "/gateway", options.data_folder + "/evidence"};
  allowed.readable.insert(allowed.readable.end(),
                          {options.data_folder + "/access", options.data_folder + "/egress"});
  return allowed;
}

void announce_url(const StartOptions& options, const std::string& url, base::FileSystem& files) {
  const std::string run = options.data_folder + "/run";
  (void)base::write_file_atomic(files, run + "/gateway.url", url + "\n");
  (void)base::write_file_atomic(files, run + "/gateway.pid", std::to_string(::getpid()) + "\n");
}

}  // namespace srasta::app
