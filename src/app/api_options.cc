#include "app/api_options.h"

#include "base/encoding.h"
#include "cli/command_line.h"
#include "crypto/hash.h"
#include "identity/forwarding_keys.h"
#include "json/document.h"
#include "process/sealed_memory.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <unistd.h>

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

base::Result<std::string> handed_over(const json::Value& object, std::string_view name) {
  const auto member = object.find(name);
  const auto text = member ? member->string() : std::nullopt;
  if (!text) {
    return base::make_error(base::Code::Invalid,
                            "the supervisor handed over no " + std::string(name));
  }
  return std::string(*text);
}

base::Result<std::vector<identity::ForwardingPeer>> forwarding_keys(const json::Value& object,
                                                                    std::string_view name) {
  const auto list = object.find(name);
  if (!list) return std::vector<identity::ForwardingPeer>();
  return identity::parse_forwarding_keys(*list);
}

bool holds(const std::filesystem::path& folder, const std::filesystem::path& inside) {
  const auto relative = inside.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

/// A file that the operator may replace while we run: by renaming another one over it, which needs
/// its folder, or by turning a link, which needs the folder behind it. A folder that also holds the
/// data folder is not opened for that: keys lie in there.
void allow_replaceable(std::vector<std::string>& paths, const std::string& file,
                       const std::string& data_folder) {
  if (file.empty()) return;
  paths.push_back(file);
  std::error_code failure;
  const auto data = std::filesystem::weakly_canonical(data_folder, failure);
  for (const auto& place : {std::filesystem::absolute(file, failure),
                            std::filesystem::weakly_canonical(file, failure)}) {
    const auto folder = std::filesystem::weakly_canonical(place.parent_path(), failure);
    if (!failure && !holds(folder, data)) paths.push_back(folder.string());
  }
}

}  // namespace

base::Result<ApiOptions> parse_api_options(int argc, char** argv) {
  ApiOptions options;
  cli::CommandLine line(
      argv[0], "srasta-api: the Srasta gateway. `srasta up` starts it; see `srasta --help`.");
  const cli::Command command = line.root();
  command.add_option("--config", options.config_file,
                     "configuration file (default: built-in defaults)");
  command.add_option("--data", options.data_folder, "data folder", {.required = true});
  command.add_option("--listen", options.listen, "ADDRESS:PORT instead of the configured one");
  auto parsed = line.parse({argv + 1, argv + argc});
  if (!parsed) {
    parsed.error().detail = "see srasta-api --help";
    return parsed.error();
  }
  if (*parsed == cli::CommandLine::Parsed::HelpShown) std::exit(EXIT_SUCCESS);
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

base::Result<ApiKeys> take_keys(const config::Environment& environment, const ApiOptions& options,
                                base::FileSystem& files) {
  const auto descriptor = descriptor_in(environment, "SRASTA_FD_KEYS");
  if (!descriptor) {
    SRASTA_TRY_ASSIGN(std::string pem,
                      base::read_file(files, options.data_folder + "/keys/issuer.pem", 16 * 1024));
    SRASTA_TRY_ASSIGN(auto issuer, crypto::PrivateKey::from_pem(base::Secret(std::move(pem))));
    SRASTA_TRY_ASSIGN(std::string access,
                      base::read_file(files, options.data_folder + "/keys/access.key", 256));
    return ApiKeys{.issuer = std::move(issuer), .access = base::Secret(std::move(access))};
  }
  SRASTA_TRY_ASSIGN(const base::Secret content, process::read_sealed_memory(*descriptor));
  ::close(*descriptor);
  SRASTA_TRY_ASSIGN(const json::Document document, json::Document::parse(content.expose()));
  SRASTA_TRY_ASSIGN(const std::string pem, handed_over(document.root(), "issuer_pem"));
  SRASTA_TRY_ASSIGN(auto issuer, crypto::PrivateKey::from_pem(base::Secret(pem)));
  SRASTA_TRY_ASSIGN(std::string access, handed_over(document.root(), "access_key"));
  ApiKeys keys{.issuer = std::move(issuer), .access = base::Secret(std::move(access))};
  SRASTA_TRY_ASSIGN(keys.peers, forwarding_keys(document.root(), "forwarding"));
  SRASTA_TRY_ASSIGN(keys.callees, forwarding_keys(document.root(), "forwarding_to"));
  return keys;
}

std::function<std::string()> digest_of_this_program() {
  const auto program = std::make_shared<std::ifstream>("/proc/self/exe", std::ios::binary);
  return [program] {
    std::vector<char> block(size_t{64} << 10);
    crypto::Sha256 hash;
    while (program->read(block.data(), static_cast<std::streamsize>(block.size())) ||
           program->gcount() > 0) {
      hash.update({block.data(), static_cast<size_t>(program->gcount())});
    }
    return program->eof() ? base::to_hex(crypto::bytes_of(hash.finish())) : "";
  };
}

process::Confinement api_confinement(const ApiOptions& options, const config::Config& config) {
  process::Confinement allowed;
  // The ledger makes its folder durable in the one that holds it.
  allowed.listable = {options.data_folder};
  allowed.writable = {options.data_folder + "/audit", options.data_folder + "/run",
                      options.data_folder + "/gateway", options.data_folder + "/evidence"};
  allowed.readable.assign(kSystemFiles.begin(), kSystemFiles.end());
  allowed.readable.insert(allowed.readable.end(), kSystemLibraries.begin(), kSystemLibraries.end());
  allowed.readable.push_back(options.data_folder + "/install.id");
  allowed.readable.push_back(options.data_folder + "/access");
  std::vector<std::string> files = {options.config_file, config.tls.cert_file, config.tls.key_file};
  for (const config::Issuer& issuer : config.issuers) files.push_back(issuer.ca_file);
  for (const config::Upstream& upstream : config.inference.upstreams) {
    files.insert(files.end(), {upstream.ca_file, upstream.key_file});
  }
  for (const std::string& file : files) {
    allow_replaceable(allowed.readable, file, options.data_folder);
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
