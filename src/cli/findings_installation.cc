#include "cli/config.h"
#include "cli/findings.h"
#include "cli/installation.h"
#include "process/user.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

using base::Code;

Finding failure(std::string subject, const base::Error& error, std::string next_step) {
  return {Verdict::Fail, std::move(subject), error.message, std::move(next_step)};
}

/// Who the data folder must belong to.
uid_t state_owner() {
  if (::geteuid() != 0) return ::geteuid();
  const auto looked_up = process::find_user("srasta");
  const std::optional<process::User> user = looked_up ? *looked_up : std::nullopt;
  return user ? user->id : 0;
}

Finding examine_folder(const std::string& folder) {
  const auto checked = check_folder(folder, state_owner(), false);
  if (checked) return {Verdict::Ok, "data folder", folder, {}};
  if (checked.error().code == Code::NotFound) {
    return {Verdict::Warn, "data folder", folder + " does not exist", "srasta up creates it"};
  }
  return failure("data folder", checked.error(), {});
}

Finding examine_keys(const std::string& folder) {
  const auto checked = check_folder(folder + "/keys", ::geteuid(), true);
  if (!checked && checked.error().code == Code::NotFound) {
    return {Verdict::Warn, "keys", "no keys yet", "srasta up makes them"};
  }
  if (!checked) return failure("keys", checked.error(), "run as the user that runs `srasta up`");
  const auto key = load_issuer_key(folder);
  if (!key) return failure("keys", key.error(), {});
  return {Verdict::Ok, "keys", "the issuer's key is readable by this user only", {}};
}

}  // namespace

std::vector<Finding> examine_installation(const config::Loaded& loaded,
                                          const std::string& config_file,
                                          const std::string& data_folder) {
  std::vector<Finding> findings;
  const std::string name = config_file.empty() ? "built-in defaults" : config_file;
  findings.push_back({Verdict::Ok, "configuration", name, {}});
  for (const base::Error& problem : unreadable_files(loaded, name)) {
    findings.push_back(failure("configuration", problem, {}));
  }
  findings.push_back(examine_folder(data_folder));
  findings.push_back(examine_keys(data_folder));
  return findings;
}

}  // namespace srasta::cli
