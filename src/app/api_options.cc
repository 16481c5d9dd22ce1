#include "app/api_options.h"

#include "base/encoding.h"
#include "json/document.h"
#include "process/sealed_memory.h"

#include <array>
#include <unistd.h>

#include <CLI/CLI.hpp>

extern char** environ;

namespace srasta::app {
namespace {

constexpr std::array<std::string_view, 6> kSystemFiles = {
    "/etc/ssl",           "/etc/resolv.conf", "/etc/hosts",
    "/etc/nsswitch.conf", "/etc/gai.conf",    "/usr/share/ca-certificates"};
// Name resolution loads its modules at the first look-up.
constexpr std::array<std::string_view, 3> kSystemLibraries = {"/usr/lib", "/lib",
                                                              "/etc/ld.so.cache"};

std::optional<int> descriptor_in(const config::Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  if (found == environment.end()) return std::nullopt;
  const auto number = base::parse_u64(found->second);
  if (!number || *number > 1024) return std::nullopt;
  return static_cast<int>(*number);
}

void allow(std::vector<std::string>& paths, const std::string& path) {
  if (!path.empty()) paths.push_back(path);
}

}  // namespace

base::Result<ApiOptions> parse_api_options(int argc, char** argv) {
  ApiOptions options;
  CLI::App app("srasta-api: the Srasta gateway. `srasta up` starts it; see `srasta --help`.");
  app.add_option("--config", options.config_file,
                 "configuration file (default: built-in defaults)");
  app.add_option("--data", options.data_folder, "data folder")->required();
  app.add_option("--listen", options.listen, "ADDRESS:PORT instead of the configured one");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) std::exit(app.exit(error));
    return base::make_error(base::Code::Invalid, error.what(), "see srasta-api --help");
  }
  return options;
}

config::Environment process_environment() {
  config::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

base::Result<crypto::PrivateKey> take_issuer_key(const config::Environment& environment,
                                                 const ApiOptions& options,
                                                 base::FileSystem& files) {
  if (const auto descriptor = descriptor_in(environment, "SRASTA_FD_KEYS")) {
    SRASTA_TRY_ASSIGN(const base::Secret content, process::read_sealed_memory(*descriptor));
    ::close(*descriptor);
    SRASTA_TRY_ASSIGN(const json::Document document, json::Document::parse(content.expose()));
    const auto member = document.root().find("issuer_pem");
    const auto pem = member ? member->string() : std::nullopt;
    if (!pem) {
      return base::make_error(base::Code::Invalid, "the supervisor handed over no issuer key");
    }
    return crypto::PrivateKey::from_pem(base::Secret(std::string(*pem)));
  }
  SRASTA_TRY_ASSIGN(std::string pem,
                    base::read_file(files, options.data_folder + "/keys/issuer.pem", 16 * 1024));
  return crypto::PrivateKey::from_pem(base::Secret(std::move(pem)));
}

process::Confinement api_confinement(const ApiOptions& options, const config::Config& config) {
  process::Confinement allowed;
  // The ledger makes its folder durable in the one that holds it.
  allowed.listable = {options.data_folder};
  allowed.writable = {options.data_folder + "/audit", options.data_folder + "/run"};
  allowed.readable.assign(kSystemFiles.begin(), kSystemFiles.end());
  allowed.readable.insert(allowed.readable.end(), kSystemLibraries.begin(), kSystemLibraries.end());
  allow(allowed.readable, options.data_folder + "/install.id");
  allow(allowed.readable, config.tls.cert_file);
  allow(allowed.readable, config.tls.key_file);
  for (const config::Issuer& issuer : config.issuers) allow(allowed.readable, issuer.ca_file);
  for (const config::Upstream& upstream : config.inference.upstreams) {
    allow(allowed.readable, upstream.ca_file);
    allow(allowed.readable, upstream.key_file);
  }
  return allowed;
}

void announce_ready(const config::Environment& environment, const ApiOptions& options,
                    const std::string& url, base::FileSystem& files) {
  const std::string run = options.data_folder + "/run";
  (void)base::write_file_atomic(files, run + "/gateway.url", url + "\n");
  (void)base::write_file_atomic(files, run + "/gateway.pid", std::to_string(::getpid()) + "\n");
  if (const auto descriptor = descriptor_in(environment, "SRASTA_FD_READY")) {
    [[maybe_unused]] const ssize_t written = ::write(*descriptor, "READY\n", 6);
    ::close(*descriptor);
  }
}

}  // namespace srasta::app
