#include "cli/backup.h"

#include "admin/access_publisher.h"
#include "audit/install_id.h"
#include "audit/intent.h"
#include "audit/verifier.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/ulid.h"
#include "cli/backup_barrier.h"
#include "cli/backup_report.h"
#include "cli/exit_code.h"
#include "cli/installation.h"
#include "cli/launch.h"
#include "cli/operator_client.h"
#include "cli/operator_log.h"
#include "json/writer.h"
#include "recovery/recovery_key.h"
#include "recovery/restore_set.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <srasta_version.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::make_error;
using recovery::Manifest;

constexpr uint64_t kMostIdentity = uint64_t{64} << 10;
constexpr std::string_view kAccount = "srasta";

std::string new_id() {
  base::SystemEntropy entropy;
  return base::make_ulid(base::SystemClock().wall(), entropy);
}

std::string sets_folder(const std::string& data, const std::string& given) {
  return given.empty() ? data + "/backups" : data_folder(given);
}

/// A path, or the id of a set in <data>/backups.
std::string set_path(const std::string& data, const std::string& given) {
  if (recovery::is_set_id(given)) return data + "/backups/" + given;
  return data_folder(given);
}

std::string own_name() {
  return "uid:" + std::to_string(::geteuid());
}

struct LogKey {
  base::Secret pem;
  tlog::SignerKey signer;  ///< named by the install id
};

/// NotFound before the first start; Denied for who does not keep the keys.
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

// ---- key

struct KeyOptions {
  std::string data;
  std::string recipient;
};

/// The one time that the key is to be seen.
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

base::Result<void> run_key(const KeyOptions& options) {
  const std::string data = data_folder(options.data);
  SRASTA_TRY_ASSIGN(const LogKey log_key, load_log_key(data));
  if (options.recipient.empty()) return make_and_print_key(data, log_key);
  SRASTA_TRY(recovery::keep_recipient(data, options.recipient));
  fmt::print("{}", recovery::pin_line(log_key.signer.verifier().to_text()));
  return {};
}

// ---- create

struct CreateOptions {
  LaunchOptions launch;
  std::string to;
  bool json = false;
};

base::Result<std::string> recipient_of(const std::string& data, const LogKey& log_key) {
  auto recipient = recovery::read_recipient(data);
  if (recipient || recipient.error().code != Code::NotFound) return recipient;
  if (::isatty(STDOUT_FILENO) == 0) {
    return make_error(Code::NotFound,
                      "there is no recovery key yet; make one, and keep what it prints: srasta "
                      "backup key --data " +
                          data);
  }
  SRASTA_TRY(make_and_print_key(data, log_key));
  return recovery::read_recipient(data);
}

audit::Event event_of(audit::Act act, audit::Outcome outcome, const std::string& user,
                      const std::string& set) {
  audit::Event event{.act = act, .outcome = outcome};
  event.actor.id = audit::Subject(std::string_view(user));
  event.actor.kind = audit::ActorKind::User;
  event.data.add("set", audit::Label(std::string_view(set)));
  return event;
}

base::Result<audit::Intent> declare(audit::Ledger& ledger, const std::string& id) {
  const std::string user = own_name();
  audit::Event event = event_of(audit::Act::BackupCreateIntent, audit::Outcome::Allow, user, id);
  event.corr.request = audit::Label(std::string_view(id));
  std::promise<base::Result<audit::Intent>> done;
  auto declared = done.get_future();
  audit::Intent::declare(ledger, event, [&done](base::Result<audit::Intent> intent) {
    done.set_value(std::move(intent));
  });
  return declared.get();
}

void tell_outcome(audit::Intent intent, const std::string& id, const base::Result<Manifest>& made) {
  const std::string user = own_name();
  audit::Event event = event_of(audit::Act::BackupCreateOutcome,
                                made ? audit::Outcome::Ok : audit::Outcome::Error, user, id);
  if (made) {
    event.data.add("bytes", stored_bytes(*made)).add("frozen_us", made->frozen_us);
  } else {
    const bool damaged = made.error().code == Code::Corrupt;
    event.data.add("reason", damaged ? audit::Reason::Damaged : audit::Reason::IoError);
  }
  (void)std::move(intent).end(event);
}

/// Services own the data folder: they must not choose where the sets in it are written.
base::Result<void> check_own_sets(const std::string& data, const std::string& sets) {
  if (sets != data + "/backups") return {};
  auto checked = check_folder(sets, ::geteuid(), true);
  if (!checked && checked.error().code == Code::NotFound) return {};
  return checked;
}

base::Result<Manifest> run_create(const CreateOptions& options) {
  const std::string data = data_folder(options.launch.data);
  SRASTA_TRY_ASSIGN(const LogKey log_key, load_log_key(data));
  SRASTA_TRY_ASSIGN(const std::string recipient, recipient_of(data, log_key));
  const std::string sets = sets_folder(data, options.to);
  SRASTA_TRY(check_own_sets(data, sets));
  SRASTA_TRY_ASSIGN(const auto log, OperatorLog::open_as_owner(data));
  const std::string id = new_id();
  SRASTA_TRY_ASSIGN(audit::Intent intent, declare(log->ledger(), id));
  auto made = recovery::create_set({.data_folder = data,
                                    .sets_folder = sets,
                                    .id = id,
                                    .now = base::SystemClock().wall(),
                                    .release = SRASTA_VERSION,
                                    .config_file = config_file(options.launch.config),
                                    .recipient = recipient,
                                    .log_key = log_key.signer,
                                    .barrier = backup_barrier(data, log_key.pem, log->ledger()),
                                    .progress = progress_on_terminal()});
  tell_outcome(std::move(intent), id, made);
  SRASTA_TRY(log->close());
  return made;
}

// ---- verify

struct VerifyOptions {
  std::string data;
  std::string set;
  std::string identity;
  std::string trust;
  std::string scratch;
  bool json = false;
};

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

/// Of --identity: a file, or - for standard input.
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

base::Result<void> check_signed(const recovery::SetFolder& set,
                                const std::vector<tlog::VerifierKey>& trusted) {
  if (trusted.empty()) {
    return make_error(Code::Unauthenticated,
                      "nobody says by which key the set has to be signed: give --trust FILE with "
                      "the log key, as you know it (the set says it is " +
                          set.manifest.log_key + ")");
  }
  return recovery::check_signature(set.json, set.manifest, set.note, trusted);
}

/// A folder that only this user can look into, gone at the end.
class Scratch {
 public:
  static base::Result<std::unique_ptr<Scratch>> make(const std::string& given) {
    std::error_code failure;
    std::string path = given.empty() ? fs::temp_directory_path(failure).string() : given;
    path += "/srasta-verify-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) return base::errno_error("create " + path, errno);
    return std::make_unique<Scratch>(std::move(path));
  }
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// That the rules of the configuration and of the users can be put in force together.
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

void prove_content(const recovery::SetFolder& set, const recovery::Identity& identity,
                   const std::string& scratch_folder, const config::Environment& environment,
                   BackupVerdict& verdict) {
  const auto scratch = Scratch::make(scratch_folder);
  if (!scratch) {
    verdict.problems.push_back(scratch.error().message);
    return;
  }
  const std::string& folder = (*scratch)->path();
  verdict.problems = recovery::unpack_set(set, identity.text, folder, progress_on_terminal());
  if (!verdict.problems.empty()) return;
  verdict.problems = recovery::check_unpacked(set.manifest, folder);
  if (!verdict.problems.empty()) return;
  if (const auto compiled = compile_rules(folder, environment); !compiled) {
    verdict.problems.push_back("the access rules cannot be compiled: " + compiled.error().message);
    return;
  }
  verdict.proved = 2;
}

base::Result<BackupVerdict> judge(const VerifyOptions& options, const recovery::SetFolder& set,
                                  const config::Environment& environment) {
  std::optional<recovery::Identity> identity;
  if (!options.identity.empty()) {
    SRASTA_TRY_ASSIGN(identity, read_identity(options.identity));
  }
  SRASTA_TRY_ASSIGN(const auto trusted, trusted_keys(options.trust, identity ? &*identity : nullptr,
                                                     data_folder(options.data)));
  BackupVerdict verdict;
  if (const auto is_signed = check_signed(set, trusted); !is_signed) {
    verdict.problems.push_back(is_signed.error().message);
    verdict.skipped.emplace_back("everything else: a set that is not signed proves nothing");
    return verdict;
  }
  verdict.problems = recovery::check_files(set, progress_on_terminal());
  if (!verdict.problems.empty()) return verdict;
  verdict.proved = 1;
  if (!identity) {
    verdict.skipped.emplace_back(
        "level 2, whether it can be decrypted and restored: give --identity FILE");
    return verdict;
  }
  prove_content(set, *identity, options.scratch, environment, verdict);
  return verdict;
}

/// Where the installation of the set is, its log says what was proved.
base::Result<void> record_verdict(const std::string& data, const Manifest& manifest,
                                  const BackupVerdict& verdict) {
  base::PosixFileSystem files;
  const auto install = audit::read_install_id(files, data + "/audit");
  if (!install || *install != manifest.install_id) return {};
  SRASTA_TRY_ASSIGN(const auto log, OperatorLog::open_as_owner(data));
  const std::string user = own_name();
  audit::Event event =
      event_of(audit::Act::BackupVerify,
               verdict.good() ? audit::Outcome::Ok : audit::Outcome::Error, user, manifest.id);
  event.data.add("level", verdict.proved);
  SRASTA_TRY_ASSIGN([[maybe_unused]] const uint64_t seq, log->write(event));
  return log->close();
}

int run_verify(const VerifyOptions& options, const config::Environment& environment) {
  const std::string data = data_folder(options.data);
  const auto set = recovery::read_set(set_path(data, options.set));
  if (!set) return fail_with(set.error());
  const auto verdict = judge(options, *set, environment);
  if (!verdict) return fail_with(verdict.error());
  print_verdict(*set, *verdict, options.json);
  if (const auto recorded = record_verdict(data, set->manifest, *verdict); !recorded) {
    fmt::print(stderr, "srasta: not recorded in the audit log: {}\n", recorded.error().message);
  }
  return verdict->good() ? kOk : kNegative;
}

// ---- restore

struct RestoreOptions {
  LaunchOptions launch;
  std::string set;
  std::string identity;
  std::string trust;
  std::string erasures;
  bool json = false;
};

base::Result<std::optional<process::User>> service_account() {
  if (::geteuid() != 0) return std::optional<process::User>();
  return process::find_user(std::string(kAccount));
}

void print_restored(const recovery::SetFolder& set, const std::string& data,
                    const recovery::Restored& restored) {
  fmt::print("OK set {} is the installation in {}\n", set.manifest.id, data);
  if (!restored.before.empty()) fmt::print("what was there is in {}\n", restored.before);
  if (restored.ledger_kept) {
    fmt::print("the audit log was not taken back: it goes on as it was\n");
  } else {
    fmt::print("the audit log is that of the set ({}); records behind the barrier are not in it\n",
               restored.why_not_kept);
  }
  if (restored.erasures > 0) fmt::print("{} erasures were done again\n", restored.erasures);
  fmt::print(
      "what was revoked since {0} is valid again; where the log still tells of it: srasta audit "
      "search --stream admin --since {0}\n",
      set.manifest.created);
  if (restored.config) {
    fmt::print("the configuration of the set is in {}/restored.yaml; nothing was put into /etc\n",
               data);
  }
}

void print_restored_json(const recovery::SetFolder& set, const recovery::Restored& restored) {
  json::Writer writer;
  writer.begin_object().member("set", set.manifest.id).member("before", restored.before);
  writer.member("ledger_kept", bool{restored.ledger_kept});
  writer.member("why_not_kept", restored.why_not_kept);
  writer.member("erasures", static_cast<int64_t>(restored.erasures)).end_object();
  fmt::print("{}\n", writer.take());
}

/// A set that may be restored: signed by who is trusted, and as it was written.
base::Result<recovery::SetFolder> open_for_restore(const RestoreOptions& options,
                                                   const recovery::Identity& identity,
                                                   const std::string& data) {
  SRASTA_TRY_ASSIGN(auto set, recovery::read_set(set_path(data, options.set)));
  SRASTA_TRY_ASSIGN(const auto trusted, trusted_keys(options.trust, &identity, data));
  SRASTA_TRY(check_signed(set, trusted));
  const auto problems = recovery::check_files(set, progress_on_terminal());
  if (problems.empty()) return set;
  std::string text = "the set is damaged, and nothing was changed:";
  for (const std::string& problem : problems) text += "\n" + problem;
  return make_error(Code::Corrupt, text);
}

/// Behind links: the new folder is built beside the one that it takes the place of.
std::string real_data_folder(const std::string& given) {
  constexpr int kMostLinks = 16;
  fs::path data = data_folder(given);
  std::error_code failure;
  // Also behind one that leads to nothing: what it names is what is to be there.
  for (int links = 0; links < kMostLinks && fs::is_symlink(data, failure); ++links) {
    data = (data.parent_path() / fs::read_symlink(data, failure)).lexically_normal();
  }
  const auto real = fs::weakly_canonical(data, failure);
  return failure ? data.string() : real.string();
}

base::Result<void> run_restore(const RestoreOptions& options,
                               const config::Environment& environment) {
  const std::string data = real_data_folder(options.launch.data);
  SRASTA_TRY_ASSIGN(const auto done, recovery::clean_leftovers(data));
  for (const std::string& line : done) fmt::print(stderr, "srasta: {}\n", line);
  SRASTA_TRY_ASSIGN(const recovery::Identity identity, read_identity(options.identity));
  SRASTA_TRY_ASSIGN(const recovery::SetFolder set, open_for_restore(options, identity, data));
  SRASTA_TRY_ASSIGN(auto services, service_account());
  SRASTA_TRY_ASSIGN(
      const recovery::Restored restored,
      recovery::restore_set(
          set,
          {.data_folder = data,
           .id = new_id(),
           .release = SRASTA_VERSION,
           .actor = own_name(),
           .identity = identity.text,
           .erasures = options.erasures.empty() ? "" : data_folder(options.erasures),
           .services = std::move(services),
           .check = [&](const std::string& folder) { return compile_rules(folder, environment); },
           .progress = progress_on_terminal()}));
  if (options.json) {
    print_restored_json(set, restored);
  } else {
    print_restored(set, data, restored);
  }
  return {};
}

// ---- the command line

int exit_with(const base::Result<void>& outcome) {
  return outcome ? kOk : fail_with(outcome.error());
}

/// A child that ends early must not end this process.
void ignore_broken_pipes() {
  std::signal(SIGPIPE, SIG_IGN);
}

void add_key(Command noun) {
  const Command command = noun.add_subcommand("key", "Make the recovery key, shown this once");
  command.set_footer(
      "Backups are encrypted to it. The host keeps the public half only (keys/recovery.pub).\n\n"
      "Examples:\n"
      "  srasta backup key >recovery.key\n"
      "  srasta backup key --recipient age1...     a key that you have already");
  KeyOptions& options = command.keep(KeyOptions());
  command.add_option("--data", options.data, "Data folder");
  command.add_option("--recipient", options.recipient,
                     "Public half (age1...) of a key that you made with age-keygen");
  command.set_action([&options] {
    ignore_broken_pipes();
    return exit_with(run_key(options));
  });
}

void add_create(Command noun) {
  const Command command = noun.add_subcommand("create", "Make a backup set of this installation");
  command.set_footer(
      "While the platform runs: it waits for some milliseconds. For who keeps <data>/keys.\n\n"
      "Examples:\n"
      "  srasta backup create\n"
      "  srasta backup create --to /mnt/backups --json");
  CreateOptions& options = command.keep(CreateOptions());
  command.add_option("--data", options.launch.data, "Data folder");
  command.add_option("--config", options.launch.config,
                     "Configuration file (default: /etc/srasta/srasta.yaml if it exists)");
  command.add_option("--to", options.to, "Folder of sets (default: <data>/backups)");
  command.add_flag("--json", options.json, "One JSON document");
  command.set_action([&options] {
    ignore_broken_pipes();
    const auto made = run_create(options);
    if (!made) return fail_with(made.error());
    const std::string data = data_folder(options.launch.data);
    print_created(*made, sets_folder(data, options.to) + "/" + made->id, options.json);
    return kOk;
  });
}

struct ListOptions {
  std::string data;
  std::string to;
  bool json = false;
};

void add_list(Command noun) {
  const Command command = noun.add_subcommand("list", "List the sets of a folder");
  ListOptions& options = command.keep(ListOptions());
  command.add_option("--data", options.data, "Data folder");
  command.add_option("--to", options.to, "Folder of sets (default: <data>/backups)");
  command.add_flag("--json", options.json, "One JSON document");
  command.set_action([&options] {
    const auto sets = recovery::list_sets(sets_folder(data_folder(options.data), options.to));
    if (!sets) return fail_with(sets.error());
    print_sets(*sets, options.json);
    return kOk;
  });
}

void add_verify(Command noun, const config::Environment& environment) {
  const Command command = noun.add_subcommand("verify", "Prove what a backup set is good for");
  command.set_footer(
      "Level 1: signed, and every file as it was written. Level 2, with --identity: decrypted,\n"
      "restored into a scratch folder, and looked at. Exit code 0: what was checked is proved.\n\n"
      "Example:\n"
      "  srasta backup verify /mnt/backups/01JD8Z9Q3W7X6Y5V4T3S2R1QPN --identity recovery.key");
  VerifyOptions& options = command.keep(VerifyOptions());
  command.add_option("SET", options.set, "Folder of the set, or its id in <data>/backups",
                     {.required = true});
  command.add_option("--data", options.data, "Data folder");
  command.add_option("--identity", options.identity, "File with the recovery key, - for input");
  command.add_option("--trust", options.trust, "File with the log key, as you know it");
  command.add_option("--scratch", options.scratch,
                     "Where to restore into for a moment (default: the system's temporary folder)");
  command.add_flag("--json", options.json, "One JSON document");
  command.set_action([&options, &environment] {
    ignore_broken_pipes();
    return run_verify(options, environment);
  });
}

void add_restore(Command noun, const config::Environment& environment) {
  const Command command = noun.add_subcommand("restore", "Put an installation back from a set");
  command.set_footer(
      "The platform must not run. What is there stays, as <data>.before-ID. An audit log that is\n"
      "intact is never taken back.\n\n"
      "Example:\n"
      "  srasta backup restore /mnt/backups/01JD8Z9Q3W7X6Y5V4T3S2R1QPN --identity recovery.key");
  RestoreOptions& options = command.keep(RestoreOptions());
  command.add_option("SET", options.set, "Folder of the set, or its id in <data>/backups",
                     {.required = true});
  command.add_option("--identity", options.identity, "File with the recovery key, - for input",
                     {.required = true});
  command.add_option("--data", options.launch.data, "Data folder");
  command.add_option("--trust", options.trust, "File with the log key, as you know it");
  command.add_option("--erasures", options.erasures,
                     "A copy of a data folder that knows of later erasures");
  command.add_flag("--json", options.json, "One JSON document");
  command.set_action([&options, &environment] {
    ignore_broken_pipes();
    return exit_with(run_restore(options, environment));
  });
}

}  // namespace

void add_backup(Command root, const config::Environment& environment) {
  const Command noun = root.add_subcommand("backup", "Back up, verify and restore an installation");
  noun.require_subcommand();
  add_key(noun);
  add_create(noun);
  add_list(noun);
  add_verify(noun, environment);
  add_restore(noun, environment);
}

}  // namespace srasta::cli
