#include "cli/witness.h"

#include "cli/exit_code.h"
#include "cli/installation.h"
#include "config/address.h"
#include "config/operator_file.h"
#include "process/confine.h"
#include "witness/service.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <sys/utsname.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;
using base::Result;

struct WitnessOptions {
  std::string folder;
  std::string listen = "127.0.0.1:8485";
  std::string name;
  std::vector<std::string> watch;
  std::vector<std::string> streams;
  std::string cert_file;
  std::string key_file;
  bool behind_proxy = false;
};

/// The logs that --watch and --stream name.
Result<std::vector<tlog::VerifierKey>> wanted_logs(const WitnessOptions& options) {
  if (options.watch.empty() && !options.streams.empty()) {
    return make_error(Code::Invalid, "--stream: of which installation? give its key with --watch");
  }
  std::vector<tlog::VerifierKey> logs;
  for (const std::string& text : options.watch) {
    const auto key = tlog::VerifierKey::parse(text);
    const Result<void> fits = key ? witness::check_log_key(*key) : Result<void>(key.error());
    if (!fits) return make_error(Code::Invalid, "--watch: " + fits.error().message);
    if (options.streams.empty()) logs.push_back(*key);
    for (const std::string& stream : options.streams) {
      SRASTA_TRY_ASSIGN(auto log, tlog::VerifierKey::make(key->name() + "/" + stream, key->type(),
                                                          key->public_key()));
      SRASTA_TRY(witness::check_log_key(log));
      logs.push_back(std::move(log));
    }
  }
  return logs;
}

Result<net::Endpoint> listen_endpoint(const WitnessOptions& options) {
  const auto listen = config::parse_host_port(options.listen);
  if (!listen) {
    return make_error(Code::Invalid, fmt::format("--listen: \"{}\" is not ADDRESS:PORT with an IP "
                                                 "address, e.g. 127.0.0.1:8485 or [::1]:8485",
                                                 options.listen));
  }
  if (options.cert_file.empty() != options.key_file.empty()) {
    return make_error(Code::Invalid, "--tls-cert and --tls-key come together");
  }
  if (!options.cert_file.empty() && options.behind_proxy) {
    return make_error(Code::Invalid, "both a certificate and --behind-tls-proxy; give one of them");
  }
  if (!listen->is_loopback() && options.cert_file.empty() && !options.behind_proxy) {
    return make_error(
        Code::Invalid,
        fmt::format("--listen: {} is not a loopback address and would speak plain HTTP; give "
                    "--tls-cert and --tls-key, or let a proxy that terminates TLS listen there "
                    "and say so with --behind-tls-proxy",
                    listen->text()));
  }
  return net::parse_ip(listen->host, listen->port);
}

/// `<name of this host>/witness`: a name under which people find the key again.
std::string default_name() {
  struct utsname host{};
  return ::uname(&host) == 0 ? fmt::format("{}/witness", host.nodename) : "srasta/witness";
}

/// The key as it lies there, if it does: nobody else may read it.
Result<void> check_key_file(base::FileSystem& files, const std::string& folder) {
  const auto key = read_private_file(files, folder + "/witness.key");
  if (key || key.error().code == Code::NotFound) return {};
  return key.error();
}

/// What this process may still touch. Its TLS files may be replaced while it runs.
Result<process::Enforced> confine(const WitnessOptions& options, const std::string& folder) {
  process::Confinement allowed;
  allowed.writable = {folder};
  // The leak check of sanitizer builds reads it.
  allowed.readable = {"/proc/self"};
  for (const std::string& file : {options.cert_file, options.key_file}) {
    if (file.empty()) continue;
    std::error_code failure;
    allowed.readable.push_back(std::filesystem::absolute(file, failure).parent_path().string());
    const auto behind = std::filesystem::weakly_canonical(file, failure);
    if (!failure) allowed.readable.push_back(behind.parent_path().string());
  }
  return process::confine(allowed);
}

void block_signals() {
  sigset_t blocked;
  sigemptyset(&blocked);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&blocked, number);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Result<void> serve(const WitnessOptions& options) {
  SRASTA_TRY_ASSIGN(const net::Endpoint endpoint, listen_endpoint(options));
  SRASTA_TRY_ASSIGN(const auto logs, wanted_logs(options));
  std::error_code failure;
  std::string path = std::filesystem::absolute(options.folder, failure).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const base::SystemClock clock;
  base::PosixFileSystem files;
  witness::Folder folder(files, path);
  SRASTA_TRY(folder.lock());
  SRASTA_TRY(check_folder(path, ::geteuid(), false));
  SRASTA_TRY(check_key_file(files, path));
  if (!options.key_file.empty()) SRASTA_TRY(config::read_secret_file(options.key_file));
  SRASTA_TRY_ASSIGN(auto key, folder.open_key(options.name, default_name()));
  for (const tlog::VerifierKey& log : logs) SRASTA_TRY(folder.add_log(log));
  block_signals();
  // Before the first thread: what follows inherits it.
  SRASTA_TRY_ASSIGN(const process::Enforced enforced, confine(options, path));
  base::Log log(clock, STDERR_FILENO, "witness");
  log.info("confined", {{"landlock_abi", int64_t{enforced.landlock_abi}},
                        {"no_new_privileges", enforced.no_new_privileges}});
  for (const std::string& gap : enforced.gaps) {
    log.warn("confinement gap", {{"gap", std::string_view(gap)}});
  }
  SRASTA_TRY_ASSIGN(const auto service,
                    witness::Service::open(folder, std::move(key),
                                           {.listen = endpoint,
                                            .cert_file = options.cert_file,
                                            .key_file = options.key_file,
                                            .behind_proxy = options.behind_proxy},
                                           {.clock = clock, .log = log}));
  log.info("ready", {{"url", std::string_view(service->url())},
                     {"key", std::string_view(service->key().to_text())},
                     {"logs", static_cast<int64_t>(service->logs())}});
  fmt::print("witness: listening on {}, key {}\n", service->url(), service->key().to_text());
  std::fflush(stdout);
  service->run();
  return {};
}

}  // namespace

void add_serve_witness(Command serve_command) {
  const Command command =
      serve_command.add_subcommand("witness", "A witness of transparency logs (C2SP tlog-witness)");
  command.set_footer(
      "For another host than the one whose logs it watches. Makes the folder and its key on first\n"
      "start; prints its URL and its public key on one line. Logs that are watched once stay\n"
      "watched: their keys are files in DIR/logs, which SIGHUP reads again (with the "
      "certificate).\n\n"
      "Examples:\n"
      "  srasta serve witness --dir ./witness --watch \"$LOG_PUB\" --stream gateway --stream "
      "install\n"
      "  srasta serve witness --dir /var/lib/witness --listen 192.0.2.7:8485 \\\n"
      "    --tls-cert cert.pem --tls-key key.pem");
  WitnessOptions& options = command.keep(WitnessOptions());
  command.add_option("--dir", options.folder, "Folder of key, watched logs and state",
                     {.required = true});
  command.add_option("--listen", options.listen, "ADDRESS:PORT; port 0 takes any free port",
                     {.show_default = true});
  command.add_option("--name", options.name,
                     "Name of the key, at first start (default: HOST/witness)");
  command.add_option("--watch", options.watch,
                     "Key of a log to watch from now on; may be repeated");
  command.add_option("--stream", options.streams,
                     "--watch gives the key of an installation (audit/keys/log.pub), and this\n"
                     "stream of it is the log; may be repeated");
  command.add_option("--tls-cert", options.cert_file, "PEM certificate chain, the own one first");
  command.add_option("--tls-key", options.key_file, "PEM private key of the certificate");
  command.add_flag("--behind-tls-proxy", options.behind_proxy,
                   "A proxy in front terminates TLS and bounds what one address may take");
  command.set_action([&options] {
    const auto outcome = serve(options);
    return outcome ? kOk : fail_with(outcome.error());
  });
}

}  // namespace srasta::cli
