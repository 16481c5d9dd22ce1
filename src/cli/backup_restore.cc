#include "cli/backup_common.h"
#include "cli/backup_report.h"
#include "cli/backup_verbs.h"
#include "cli/exit_code.h"
#include "cli/launch.h"
#include "cli/operator_log.h"
#include "json/writer.h"
#include "recovery/restore_set.h"

#include <cstdio>
#include <filesystem>
#include <srasta_version.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

namespace fs = std::filesystem;
using base::Code;
using base::make_error;

struct RestoreOptions {
  LaunchOptions launch;
  std::string set;
  std::string identity;
  std::string trust;
  std::string erasures;
  bool json = false;
};

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
  SRASTA_TRY(check_signed(set, options.trust, &identity, data));
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
  SRASTA_TRY_ASSIGN(auto services, service_user());
  SRASTA_TRY_ASSIGN(
      const recovery::Restored restored,
      recovery::restore_set(
          set,
          {.data_folder = data,
           .id = new_name(),
           .release = SRASTA_VERSION,
           .actor = host_user(),
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

}  // namespace

void add_backup_restore(Command noun, const config::Environment& environment) {
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
    const auto done = run_restore(options, environment);
    return done ? kOk : fail_with(done.error());
  });
}

}  // namespace srasta::cli
