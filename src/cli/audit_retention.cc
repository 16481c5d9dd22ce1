#include "cli/audit_retention.h"

#include "audit/install_id.h"
#include "audit/legal_hold.h"
#include "audit/pruned_prefix.h"
#include "audit/retention.h"
#include "audit/stream_name.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "cli/audit_query.h"
#include "cli/exit_code.h"
#include "cli/launch.h"
#include "cli/operator_log.h"

#include <chrono>
#include <optional>
#include <poll.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr int kLookMillis = 100;
constexpr std::chrono::seconds kMostWait{20};
constexpr uint64_t kMostDays = 36'500;

int exit_code_of(const base::Error& error) {
  print_error(error);
  switch (error.code) {
    case base::Code::Denied:
    case base::Code::Corrupt:
      return kNegative;
    case base::Code::Conflict:
      return kNotYet;
    case base::Code::Invalid:
      return kWrongInput;
    default:
      return kUnreadable;
  }
}

int not_yet(const std::string& message) {
  return exit_code_of(base::make_error(base::Code::Conflict, message));
}

/// "180d" as a number; nothing for anything else.
std::optional<uint64_t> days_of(std::string_view keep) {
  if (!keep.ends_with('d')) return std::nullopt;
  keep.remove_suffix(1);
  const auto days = base::parse_u64(keep);
  if (!days || *days == 0 || *days > kMostDays) return std::nullopt;
  return days;
}

std::string check_keep(const std::string& keep) {
  return days_of(keep) ? "" : "give days, as in 180d";
}

std::string check_word(const std::string& word) {
  return audit::is_hold_word(word) ? "" : "1 to 32 of a-z, 0-9 and -";
}

std::string check_stream(const std::string& stream) {
  return audit::is_stream_name(stream) ? "" : "no name of a stream: 1 to 32 of a-z, 0-9 and -";
}

/// Without one of the two, everything would be older.
bool has_bound(const AuditPrune& prune) {
  return !prune.before.empty() || prune.keep > base::Millis(0);
}

std::string time_before(const AuditPrune& prune) {
  if (!prune.before.empty()) return prune.before;
  return base::format_utc(base::SystemClock().wall() - prune.keep);
}

/// Looks until the checkpointer has signed for the record.
bool wait_until_authorised(base::FileSystem& files, const audit::PruneQuestion& question,
                           const audit::PrunedPrefix& prefix) {
  const auto deadline = std::chrono::steady_clock::now() + kMostWait;
  while (!audit::is_prune_authorised(files, question, prefix)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, kLookMillis);
  }
  return true;
}

std::string described(const audit::PrunePlan& plan) {
  return fmt::format("records {} to {} of {}", plan.first, plan.prefix.upto() - 1,
                     plan.prefix.stream);
}

/// A crash may have left half a record at the end of `operator`, which its next writer takes away.
bool mend_operator(base::FileSystem& files, const AuditSource& source) {
  if (!files.identity(source.data_folder + "/audit/" + std::string(audit::kOperatorStream) +
                      "/LOCK")) {
    return false;
  }
  const auto log = OperatorLog::open(source.data_folder);
  return log && (*log)->close();
}

/// With the lock of `operator`, so that no hold comes in between.
base::Result<uint64_t> carry_out(base::FileSystem& files, const std::string& data_folder,
                                 const audit::PruneQuestion& question,
                                 const audit::PrunePlan& plan) {
  SRASTA_TRY_ASSIGN(const auto log, OperatorLog::open(data_folder));
  SRASTA_TRY_ASSIGN(const auto holds,
                    audit::read_holds(files, question.audit_folder, question.install_id));
  SRASTA_TRY(audit::check_holds(holds, question.stream));
  if (!plan.written) {
    const auto roots = plan.prefix.tree.hashes();
    SRASTA_TRY_ASSIGN([[maybe_unused]] const uint64_t seq,
                      log->write(audit::pruned_event(plan.prefix, roots)));
  }
  if (!wait_until_authorised(files, question, plan.prefix)) {
    return base::make_error(
        base::Code::Conflict,
        "nothing was removed: no checkpoint covers the record that allows it yet; see why on "
        "standard error of `srasta up`, and run this again");
  }
  SRASTA_TRY_ASSIGN(const uint64_t removed, audit::remove_pruned(files, question, plan.prefix));
  SRASTA_TRY(log->close());
  return removed;
}

base::Result<audit::LegalHolds> holds_of(base::FileSystem& files, const AuditSource& source) {
  SRASTA_TRY_ASSIGN(const std::string id,
                    audit::read_install_id(files, source.data_folder + "/audit"));
  return audit::read_holds(files, source.data_folder + "/audit", id);
}

/// Writes one record of a hold.
int write_hold(const AuditSource& source, const audit::LegalHold& hold, bool on) {
  const auto log = OperatorLog::open(source.data_folder);
  if (!log) return exit_code_of(log.error());
  base::PosixFileSystem files;
  const auto holds = holds_of(files, source);
  if (!holds) return exit_code_of(holds.error());
  if (holds->has(hold.name) == on) {
    return exit_code_of(
        base::make_error(base::Code::Denied,
                         "the legal hold " + hold.name + (on ? " is on already" : " is not on")));
  }
  const auto seq = (*log)->write(audit::hold_event(hold, on));
  if (!seq) return exit_code_of(seq.error());
  if (const auto closed = (*log)->close(); !closed) return exit_code_of(closed.error());
  fmt::print("OK the legal hold {} is {} (operator {})\n", hold.name, on ? "on" : "off", *seq);
  return kOk;
}

struct PruneOptions {
  std::string before;
  std::string keep;
  std::string config;
  bool dry_run = false;
};

/// Without --before and --keep, what the configuration says.
int prune_as_asked(const AuditSource& source, const PruneOptions& options,
                   const config::Environment& environment) {
  AuditPrune prune{.before = options.before, .dry_run = options.dry_run};
  if (const auto days = days_of(options.keep)) {
    prune.keep = std::chrono::hours(24 * *days);
  } else if (prune.before.empty()) {
    const auto loaded = config::load_config(config_file(options.config), environment);
    if (!loaded) {
      print_error(loaded.error());
      return kWrongInput;
    }
    prune.keep = loaded->config.audit.retention;
  }
  return run_audit_prune(source, prune);
}

void add_prune(Command audit, const AuditSource& source, const config::Environment& environment) {
  const Command command =
      audit.add_subcommand("prune", "Remove old segments of a stream, and record that");
  PruneOptions& prune = command.keep(PruneOptions());
  command.add_option("--before", prune.before, "older records go; UTC, as in 2026-05-01",
                     {.check = check_audit_time});
  command.add_option("--keep", prune.keep,
                     "how long records stay, in days (default: audit.retention)",
                     {.check = check_keep, .excludes = {"--before"}});
  command.add_option("--config", prune.config, "configuration file");
  command.add_flag("--dry-run", prune.dry_run, "say what would go, and change nothing");
  command.set_action(
      [&source, &environment, &prune] { return prune_as_asked(source, prune, environment); });
}

void add_holds(Command audit, const AuditSource& source) {
  AuditHold& hold = audit.keep(AuditHold());
  const Command setting =
      audit.add_subcommand("hold", "Keep records from being pruned (a legal hold)");
  setting.add_option("--name", hold.name, "of the hold", {.required = true, .check = check_word});
  setting.add_option("--stream", hold.stream, "the stream that is held (default: all)",
                     {.check = check_stream});
  setting.add_option("--reason-code", hold.code, "a word of your own list of reasons",
                     {.check = check_word});
  setting.set_action([&source, &hold] { return run_audit_hold(source, hold); });

  const Command ending = audit.add_subcommand("release", "End a legal hold");
  ending.add_option("--name", hold.name, "of the hold", {.required = true, .check = check_word});
  ending.set_action([&source, &hold] { return run_audit_release(source, hold.name); });

  const Command listing = audit.add_subcommand("holds", "Show the legal holds that are on");
  listing.set_action([&source] { return run_audit_holds(source); });
}

}  // namespace

int run_audit_prune(const AuditSource& source, const AuditPrune& prune) {
  if (!has_bound(prune)) {
    return exit_code_of(base::make_error(base::Code::Invalid, "no bound: nothing is removed"));
  }
  base::PosixFileSystem files;
  auto id = audit::read_install_id(files, source.data_folder + "/audit");
  if (!id) return exit_code_of(id.error());
  const audit::PruneQuestion question{.audit_folder = source.data_folder + "/audit",
                                      .install_id = *std::move(id),
                                      .stream = source.stream(),
                                      .before = time_before(prune)};
  auto planned = audit::plan_prune(files, question);
  if (!planned && planned.error().code == base::Code::Corrupt && !prune.dry_run &&
      mend_operator(files, source)) {
    planned = audit::plan_prune(files, question);
  }
  if (!planned) return exit_code_of(planned.error());
  const std::optional<audit::PrunePlan>& plan = *planned;
  if (!plan) {
    fmt::print("OK no whole segment of {} is older than {} and signed\n", source.stream(),
               question.before);
    return kOk;
  }
  if (prune.dry_run) {
    fmt::print("OK {} would be removed\n", described(*plan));
    return kOk;
  }
  const bool signed_for = plan->written && is_prune_authorised(files, question, plan->prefix);
  if (!signed_for && !is_up(files, source.data_folder)) {
    return not_yet(
        "nothing was removed: a checkpoint must cover the record that allows it, and nobody makes "
        "checkpoints; start `srasta up`, and run this again");
  }
  const auto removed = carry_out(files, source.data_folder, question, *plan);
  if (!removed) return exit_code_of(removed.error());
  fmt::print("OK {} were removed, {} segments\n", described(*plan), *removed);
  return kOk;
}

int run_audit_hold(const AuditSource& source, const AuditHold& hold) {
  return write_hold(source, {.name = hold.name, .stream = hold.stream, .code = hold.code}, true);
}

int run_audit_release(const AuditSource& source, const std::string& name) {
  return write_hold(source, {.name = name, .stream = "", .code = ""}, false);
}

int run_audit_holds(const AuditSource& source) {
  base::PosixFileSystem files;
  const auto holds = holds_of(files, source);
  if (!holds) return exit_code_of(holds.error());
  for (const audit::LegalHold& hold : holds->all()) {
    fmt::print("{} {} {}\n", hold.name, hold.stream.empty() ? "all" : hold.stream,
               hold.code.empty() ? "-" : hold.code);
  }
  return kOk;
}

void add_audit_retention(Command audit, const AuditSource& source,
                         const config::Environment& environment) {
  add_prune(audit, source, environment);
  add_holds(audit, source);
}

}  // namespace srasta::cli
