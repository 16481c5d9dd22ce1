#include "cli/config_change.h"

#include "admin/config_revisions.h"
#include "admin/database.h"
#include "base/file.h"
#include "cli/data_folder.h"
#include "config/changes.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <sys/stat.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;

constexpr uint64_t kMostBytes = 1 << 20;
constexpr base::Millis kBetweenLooks{50};

/// The file as it was.
struct Before {
  std::string text;
  mode_t mode = 0;
};

base::Result<Before> read_before(const std::string& file) {
  struct stat status{};
  if (::lstat(file.c_str(), &status) != 0) return base::errno_error("look at " + file, errno);
  if (!S_ISREG(status.st_mode)) {
    return make_error(Code::Unsupported,
                      file + " is a link or no file: whoever put it there has to change it");
  }
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN(std::string text, base::read_file(files, file, kMostBytes));
  return Before{.text = std::move(text), .mode = status.st_mode & 07777};
}

base::Result<void> write(const std::string& file, std::string_view text, mode_t mode) {
  base::PosixFileSystem files;
  if (auto written = base::write_file_atomic(files, file, text); !written) {
    return make_error(written.error().code,
                      fmt::format("{} cannot be replaced by the user that `srasta up` runs as "
                                  "({}); it needs the file's folder, or edit the file as root",
                                  file, written.error().message));
  }
  if (::chmod(file.c_str(), mode) != 0) return base::errno_error("chmod " + file, errno);
  return {};
}

base::Result<admin::ConfigRevision> pending(const std::string& data_folder, int64_t number) {
  SRASTA_TRY_ASSIGN(auto database, admin::find_database(data_folder));
  if (!database) return make_error(Code::NotFound, "there is no database of revisions");
  SRASTA_TRY_ASSIGN(auto revision, admin::find_revision(*database, number));
  if (revision && revision->state == admin::RevisionState::Pending) return *std::move(revision);
  return make_error(Code::NotFound, fmt::format("revision {} is not pending", number));
}

/// The digest that `wanted` has, if it may replace `before`.
base::Result<std::string> judge(const ConfigChangeParts& parts, const std::string& before,
                                const std::string& wanted) {
  SRASTA_TRY_ASSIGN(const auto running,
                    config::parse_config(before, parts.file, parts.environment));
  SRASTA_TRY_ASSIGN(const auto next, config::parse_config(wanted, parts.file, parts.environment));
  auto keys = config::set_on_the_host_only(running.config, next.config);
  const auto fixed = config::fixed_while_running(running.config, next.config);
  keys.insert(keys.end(), fixed.begin(), fixed.end());
  if (keys.empty()) return config::config_digest(next);
  return make_error(Code::Denied, fmt::format("may not change here: {}", fmt::join(keys, ", ")));
}

bool in_force(const ConfigChangeParts& parts, const std::string& digest) {
  const auto until = std::chrono::steady_clock::now() + parts.within;
  while (true) {
    const std::vector<std::string> digests = parts.digests_in_force();
    const auto theirs = std::ranges::count(digests, digest);
    if (static_cast<size_t>(theirs) >= parts.services) return true;
    if (std::chrono::steady_clock::now() >= until) return false;
    // Nothing of another process can wake this one.
    ::poll(nullptr, 0, static_cast<int>(kBetweenLooks.count()));
  }
}

base::Result<void> change(const ConfigChangeParts& parts, int64_t number) {
  if (parts.file.empty()) {
    return make_error(Code::Unsupported, "this platform runs without a configuration file");
  }
  if (is_beside_data(parts.file, parts.data_folder)) {
    return make_error(Code::Unsupported,
                      parts.file +
                          " lies in a folder that holds the data folder, too, where services would "
                          "not see another file; put it into a folder of its own");
  }
  SRASTA_TRY_ASSIGN(const admin::ConfigRevision revision, pending(parts.data_folder, number));
  SRASTA_TRY_ASSIGN(const Before before, read_before(parts.file));
  SRASTA_TRY_ASSIGN(const std::string digest, judge(parts, before.text, revision.yaml));
  SRASTA_TRY(write(parts.file, revision.yaml, before.mode));
  parts.reload();
  if (in_force(parts, digest)) return {};
  SRASTA_TRY(write(parts.file, before.text, before.mode));
  parts.reload();
  return make_error(Code::Unavailable,
                    "the services did not take it over, and the file has its former content again; "
                    "their logs say why");
}

}  // namespace

admin::ConfigOutcome change_config(const ConfigChangeParts& parts, int64_t revision) {
  const auto changed = change(parts, revision);
  if (changed) return {.in_force = true};
  return {.reason = changed.error().message};
}

}  // namespace srasta::cli
