#include "cli/backup.h"

#include "cli/backup_common.h"
#include "cli/backup_report.h"
#include "cli/backup_verbs.h"
#include "cli/exit_code.h"
#include "cli/launch.h"

#include <cstdio>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

struct KeyOptions {
  std::string data;
  std::string recipient;
};

base::Result<void> run_key(const KeyOptions& options) {
  const std::string data = data_folder(options.data);
  SRASTA_TRY_ASSIGN(const LogKey log_key, load_log_key(data));
  if (options.recipient.empty()) return make_and_print_key(data, log_key);
  SRASTA_TRY(recovery::keep_recipient(data, options.recipient));
  fmt::print("{}", recovery::pin_line(log_key.signer.verifier().to_text()));
  return {};
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
    const auto done = run_key(options);
    return done ? kOk : fail_with(done.error());
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

}  // namespace

void add_backup(Command root, const config::Environment& environment) {
  const Command noun = root.add_subcommand("backup", "Back up, verify and restore an installation");
  noun.require_subcommand();
  add_key(noun);
  add_backup_create(noun);
  add_list(noun);
  add_backup_verify(noun, environment);
  add_backup_restore(noun, environment);
}

}  // namespace srasta::cli
