#include "app/service_start.h"

#include "base/encoding.h"
#include "cli/command_line.h"
#include "cli/data_folder.h"
#include "crypto/hash.h"
#include "identity/forwarding_keys.h"
#include "process/sealed_memory.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <unistd.h>

#include <fmt/format.h>

extern char** environ;

namespace srasta::app {
namespace {

constexpr int kConfigurationError = 2;

constexpr std::array<std::string_view, 6> kSystemFiles = {
    "/etc/ssl",           "/etc/resolv.conf", "/etc/hosts",
    "/etc/nsswitch.conf", "/etc/gai.conf",    "/usr/share/ca-certificates"};
// Name resolution loads its modules at the first look-up.
constexpr std::array<std::string_view, 3> kSystemLibraries = {"/usr/lib", "/lib",
                                                              "/etc/ld.so.cache"};

/// A file that the operator may replace while we run: by renaming another one over it, which needs
/// its folder, or by turning a link, which needs the folder behind it. A folder that also holds the
/// data folder is not opened for that: keys lie in there.
void allow_replaceable(std::vector<std::string>& paths, const std::string& file,
                       const std::string& data_folder) {
  if (file.empty()) return;
  paths.push_back(file);
  std::error_code failure;
  for (const auto& place : {std::filesystem::absolute(file, failure),
                            std::filesystem::weakly_canonical(file, failure)}) {
    const auto folder = std::filesystem::weakly_canonical(place.parent_path(), failure);
    if (!failure && !cli::is_beside_data(place, data_folder)) paths.push_back(folder.string());
  }
}

}  // namespace

std::optional<int> descriptor_in(const config::Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  if (found == environment.end()) return std::nullopt;
  const auto number = base::parse_u64(found->second);
  if (!number || *number > 1024) return std::nullopt;
  return static_cast<int>(*number);
}

base::Result<StartOptions> parse_start_options(int argc, char** argv, const char* about,
                                               Listens listens) {
  StartOptions options;
  cli::CommandLine line(argv[0], about);
  const cli::Command command = line.root();
  command.add_option("--config", options.config_file,
                     "configuration file (default: built-in defaults)");
  command.add_option("--data", options.data_folder, "data folder", {.required = true});
  if (listens == Listens::OnAddress) {
    command.add_option("--listen", options.listen, "ADDRESS:PORT instead of the configured one");
  }
  auto parsed = line.parse({argv + 1, argv + argc});
  if (!parsed) {
    parsed.error().detail = std::string("see ") + argv[0] + " --help";
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

base::Result<config::Loaded> load_config(const StartOptions& options,
                                         config::Environment environment) {
  if (!options.listen.empty()) environment["SRASTA_LISTEN"] = options.listen;
  return config::load_config(options.config_file, environment);
}

base::Result<std::optional<json::Document>> take_handed_over(
    const config::Environment& environment) {
  const auto descriptor = descriptor_in(environment, "SRASTA_FD_KEYS");
  if (!descriptor) return std::optional<json::Document>();
  SRASTA_TRY_ASSIGN(const base::Secret content, process::read_sealed_memory(*descriptor));
  ::close(*descriptor);
  SRASTA_TRY_ASSIGN(json::Document document, json::Document::parse(content.expose()));
  return std::optional<json::Document>(std::move(document));
}

base::Result<std::string> handed_over(const json::Document& document, std::string_view name) {
  const auto member = document.root().find(name);
  const auto text = member ? member->string() : std::nullopt;
  if (text) return std::string(*text);
  return base::make_error(base::Code::Invalid,
                          "the supervisor handed over no " + std::string(name));
}

base::Result<std::vector<identity::ForwardingPeer>> handed_over_keys(const json::Document& document,
                                                                     std::string_view name) {
  const auto list = document.root().find(name);
  if (!list) return std::vector<identity::ForwardingPeer>();
  return identity::parse_forwarding_keys(*list);
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

process::Confinement service_confinement(const StartOptions& options,
                                         std::vector<std::string> named) {
  process::Confinement allowed;
  // The ledger makes its folder durable in the one that holds it.
  allowed.listable = {options.data_folder};
  allowed.readable.assign(kSystemFiles.begin(), kSystemFiles.end());
  allowed.readable.insert(allowed.readable.end(), kSystemLibraries.begin(), kSystemLibraries.end());
  allowed.readable.push_back(options.data_folder + "/install.id");
  named.push_back(options.config_file);
  for (const std::string& file : named) {
    allow_replaceable(allowed.readable, file, options.data_folder);
  }
  return allowed;
}

void log_confinement(base::Log& log, const process::Enforced& enforced) {
  log.info("confined", {{"landlock_abi", int64_t{enforced.landlock_abi}},
                        {"no_new_privileges", enforced.no_new_privileges}});
  for (const std::string& gap : enforced.gaps)
    log.warn("confinement gap", {{"gap", std::string_view(gap)}});
}

void tell_ready(const config::Environment& environment) {
  const auto descriptor = descriptor_in(environment, "SRASTA_FD_READY");
  if (!descriptor) return;
  [[maybe_unused]] const ssize_t written = ::write(*descriptor, "READY\n", 6);
  ::close(*descriptor);
}

void block_signals() {
  sigset_t blocked;
  sigemptyset(&blocked);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&blocked, number);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

int report(const char* program, const base::Error& error) {
  fmt::print(stderr, "{}: {}\n", program, error.message);
  if (!error.detail.empty()) fmt::print(stderr, "  {}\n", error.detail);
  return error.code == base::Code::Invalid ? kConfigurationError : 1;
}

}  // namespace srasta::app

// The leak check of sanitizer builds reads /proc, which confinement forbids; the unit tests have
// it.
extern "C" const char* __asan_default_options();  // NOLINT(readability-identifier-naming)
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0";
}
