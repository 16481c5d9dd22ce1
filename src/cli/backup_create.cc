#include "cli/backup_barrier.h"
#include "cli/backup_common.h"
#include "cli/backup_report.h"
#include "cli/backup_verbs.h"
#include "cli/exit_code.h"
#include "cli/launch.h"
#include "cli/operator_log.h"
#include "recovery/create_set.h"

#include <srasta_version.h>
#include <unistd.h>
#include <utility>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;
using recovery::Manifest;

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

audit::Event event_of(audit::Act act, audit::Outcome outcome, const std::string& set) {
  audit::Event event{.act = act, .outcome = outcome};
  event.data.add("set", audit::Label(std::string_view(set)));
  return event;
}

void tell_outcome(const OperatorLog& log, audit::Intent intent, const std::string& id,
                  const base::Result<Manifest>& made) {
  audit::Event event = event_of(audit::Act::BackupCreateOutcome,
                                made ? audit::Outcome::Ok : audit::Outcome::Error, id);
  if (made) {
    event.data.add("bytes", stored_bytes(*made)).add("frozen_us", made->frozen_us);
  } else {
    const bool damaged = made.error().code == Code::Corrupt;
    event.data.add("reason", damaged ? audit::Reason::Damaged : audit::Reason::IoError);
  }
  log.end(std::move(intent), event);
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
  const std::string id = new_name();
  SRASTA_TRY_ASSIGN(
      audit::Intent intent,
      log->declare(event_of(audit::Act::BackupCreateIntent, audit::Outcome::Allow, id), id));
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
  tell_outcome(*log, std::move(intent), id, made);
  SRASTA_TRY(log->close());
  return made;
}

}  // namespace

void add_backup_create(Command noun) {
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

}  // namespace srasta::cli
