#include "audit/install_id.h"
#include "base/file.h"
#include "cli/backup_common.h"
#include "cli/backup_report.h"
#include "cli/backup_verbs.h"
#include "cli/exit_code.h"
#include "cli/launch.h"
#include "cli/operator_log.h"
#include "recovery/verify_set.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

namespace fs = std::filesystem;
using recovery::Manifest;

struct VerifyOptions {
  std::string data;
  std::string set;
  std::string identity;
  std::string trust;
  std::string scratch;
  bool json = false;
};

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
  BackupVerdict verdict;
  const auto is_signed =
      check_signed(set, options.trust, identity ? &*identity : nullptr, data_folder(options.data));
  if (!is_signed) {
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
  audit::Event event{.act = audit::Act::BackupVerify,
                     .outcome = verdict.good() ? audit::Outcome::Ok : audit::Outcome::Error};
  event.data.add("set", audit::Label(std::string_view(manifest.id))).add("level", verdict.proved);
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

}  // namespace

void add_backup_verify(Command noun, const config::Environment& environment) {
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

}  // namespace srasta::cli
