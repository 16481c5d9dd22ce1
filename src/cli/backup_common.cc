#include "cli/backup_common.h"

#include "admin/access_publisher.h"
#include "audit/verifier.h"
#include "base/file.h"
#include "cli/installation.h"
#include "cli/launch.h"

#include <csignal>
#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;

constexpr uint64_t kMostIdentity = uint64_t{64} << 10;

base::Result<std::string> read_input() {
  std::string text(kMostIdentity, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(STDIN_FILENO, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::errno_error("read standard input", errno);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  text.resize(size);
  return text;
}

/// By whom a set may be signed: what --trust names, what stands beside the recovery key, the
/// installation on this host. Never what the set says itself.
base::Result<std::vector<tlog::VerifierKey>> trusted_keys(const std::string& trust,
                                                          const recovery::Identity* identity,
                                                          const std::string& data) {
  base::PosixFileSystem files;
  std::vector<tlog::VerifierKey> keys;
  if (!trust.empty()) {
    SRASTA_TRY_ASSIGN(const std::string text, base::read_file(files, trust, kMostIdentity));
    auto parsed = audit::parse_trusted_keys(text);
    if (!parsed) return make_error(Code::Invalid, trust + ": " + parsed.error().message);
    return parsed;
  }
  if (identity != nullptr && !identity->pinned.empty()) return identity->pinned;
  const auto own = base::read_file(files, data + "/audit/keys/log.pub", kMostIdentity);
  if (own) {
    auto parsed = audit::parse_trusted_keys(*own);
    if (parsed) return parsed;
  }
  return keys;
}

}  // namespace

std::string sets_folder(const std::string& data, const std::string& given) {
  return given.empty() ? data + "/backups" : data_folder(given);
}

std::string set_path(const std::string& data, const std::string& given) {
  if (recovery::is_set_id(given)) return data + "/backups/" + given;
  return data_folder(given);
}

base::Result<LogKey> load_log_key(const std::string& data) {
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN(base::Secret pem, read_private_file(files, data + "/keys/log.pem"));
  SRASTA_TRY_ASSIGN(const std::string id, base::read_file(files, data + "/install.id", 256));
  SRASTA_TRY_ASSIGN(auto key, crypto::PrivateKey::from_pem(pem));
  SRASTA_TRY_ASSIGN(auto signer,
                    tlog::SignerKey::make(id.substr(0, id.find('\n')), tlog::SignatureType::Ed25519,
                                          std::move(key)));
  return LogKey{.pem = std::move(pem), .signer = std::move(signer)};
}

base::Result<void> make_and_print_key(const std::string& data, const LogKey& log_key) {
  if (recovery::read_recipient(data)) {
    return recovery::keep_recipient(data, {});  // says that there is one
  }
  SRASTA_TRY_ASSIGN(const recovery::RecoveryKey key, recovery::make_recovery_key());
  SRASTA_TRY(recovery::keep_recipient(data, key.recipient));
  fmt::print(
      "# The recovery key of this installation: who has it opens every backup, and without it no\n"
      "# backup can be opened. It is shown this once and is not kept on this host. Keep these\n"
      "# lines in a safe, as a file for --identity.\n"
      "# public key: {}\n{}{}",
      key.recipient, recovery::pin_line(log_key.signer.verifier().to_text()),
      key.identity.expose());
  std::fflush(stdout);
  return {};
}

base::Result<recovery::Identity> read_identity(const std::string& path) {
  base::PosixFileSystem files;
  auto text = path == "-" ? read_input() : base::read_file(files, path, kMostIdentity);
  if (!text) {
    text.error().code = Code::Invalid;
    return text.error();
  }
  auto identity = recovery::parse_identity(base::Secret(*std::move(text)));
  if (!identity) identity.error().message = path + ": " + identity.error().message;
  return identity;
}

base::Result<void> check_signed(const recovery::SetFolder& set, const std::string& trust,
                                const recovery::Identity* identity, const std::string& data) {
  SRASTA_TRY_ASSIGN(const auto trusted, trusted_keys(trust, identity, data));
  if (trusted.empty()) {
    return make_error(Code::Unauthenticated,
                      "nobody says by which key the set has to be signed: give --trust FILE with "
                      "the log key, as you know it (the set says it is " +
                          set.manifest.log_key + ")");
  }
  return recovery::check_signature(set.json, set.manifest, set.note, trusted);
}

base::Result<void> compile_rules(const std::string& folder,
                                 const config::Environment& environment) {
  base::PosixFileSystem files;
  const std::string file = folder + "/restored.yaml";
  SRASTA_TRY_ASSIGN(const auto loaded,
                    config::load_config(files.identity(file).ok() ? file : "", environment));
  SRASTA_TRY_ASSIGN(const base::Secret key, load_access_key(folder));
  SRASTA_TRY(files.make_folder(folder + "/access"));
  SRASTA_TRY(admin::publish_access(folder, loaded, key));
  return {};
}

void ignore_broken_pipes() {
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace srasta::cli
