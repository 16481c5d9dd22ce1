#include "audit/pruned_prefix.h"
#include "audit/search.h"
#include "audit/stored_line.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/findings.h"
#include "recovery/recovery_key.h"
#include "recovery/sealing.h"
#include "recovery/set_folder.h"

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr int64_t kOldDays = 7;
constexpr int64_t kDay = 24 * 60 * 60;

Finding examine_recovery_key(const std::string& data_folder) {
  if (const auto programs = recovery::check_programs(); !programs) {
    return {Verdict::Warn, "recovery key", programs.error().message, {}};
  }
  const auto recipient = recovery::read_recipient(data_folder);
  if (recipient) return {Verdict::Ok, "recovery key", *recipient, {}};
  if (recipient.error().code == base::Code::NotFound) {
    return {Verdict::Warn, "recovery key", "there is none, so nothing can be backed up",
            "srasta backup key, and keep what it prints"};
  }
  return {Verdict::Warn, "recovery key", recipient.error().message,
          "run as the user that runs `srasta up`"};
}

struct LastBackup {
  std::string set;
  std::string time;
};

/// By the audit log: sets may lie anywhere.
std::optional<LastBackup> find_last_backup(base::FileSystem& files,
                                           const std::string& data_folder) {
  std::optional<LastBackup> last;
  audit::StreamReader reader(files, data_folder + "/audit/" + std::string(audit::kOperatorStream));
  const auto read = reader.read_on([&](const audit::Found& found) {
    if (found.act != "backup.create.outcome" || found.outcome != "ok") return;
    last = {.set = std::string(audit::find_raw_member(found.line, "\"set\":\"")),
            .time = std::string(found.time)};
  });
  return read ? last : std::nullopt;
}

Finding examine_last_backup(base::FileSystem& files, const std::string& data_folder) {
  const auto last = find_last_backup(files, data_folder);
  const auto made = last ? base::parse_utc(last->time) : std::nullopt;
  if (!made) return {Verdict::Warn, "backup", "none was ever completed", "srasta backup create"};
  const int64_t age = base::unix_seconds(base::SystemClock().wall()) - base::unix_seconds(*made);
  const std::string text =
      fmt::format("the last set, {}, is {} days old", last->set, std::max<int64_t>(age, 0) / kDay);
  if (age / kDay < kOldDays) return {Verdict::Ok, "backup", text, {}};
  return {Verdict::Warn, "backup", text, "srasta backup create, best by a timer"};
}

}  // namespace

std::vector<Finding> examine_backups(const std::string& data_folder) {
  base::PosixFileSystem files;
  std::vector<Finding> findings;
  if (!files.identity(data_folder + "/install.id")) return findings;
  findings.push_back(examine_recovery_key(data_folder));
  findings.push_back(examine_last_backup(files, data_folder));
  const auto sets = recovery::list_sets(data_folder + "/backups");
  for (const auto& set : sets ? *sets : std::vector<recovery::ListedSet>()) {
    if (set.problem.empty()) continue;
    findings.push_back({Verdict::Warn, "backup", set.path + ": " + set.problem,
                        "remove it if no backup is being made"});
  }
  for (const std::string& folder : recovery::leftovers_of_restore(data_folder)) {
    findings.push_back({Verdict::Warn, "restore", folder + " is left of one that was cut off",
                        "run srasta backup restore again: it cleans up"});
  }
  return findings;
}

}  // namespace srasta::cli
