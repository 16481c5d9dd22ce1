#include "cli/command_runner.h"
#include "cli/findings.h"
#include "cli/launch.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr const char* kSubject = "sandbox";
constexpr const char* kNextStep = "docs/sandbox.md, \"Making a host `t1`\"";

/// A folder of the service's user, for as long as the tiers are tried.
class TrialFolder {
 public:
  explicit TrialFolder(const std::optional<process::User>& user)
      : path_(std::filesystem::temp_directory_path() / "srasta-doctor-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) path_.clear();
    if (path_.empty()) return;
    ::chmod(path_.c_str(), 0755);
    if (user && ::lchown(path_.c_str(), user->id, user->group) != 0) path_.clear();
  }
  TrialFolder(const TrialFolder&) = delete;
  TrialFolder& operator=(const TrialFolder&) = delete;
  ~TrialFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

base::Result<sandbox::HostReport> try_tiers() {
  SRASTA_TRY_ASSIGN(const auto user, service_user());
  const TrialFolder folder(user);
  SRASTA_TRY_ASSIGN(const std::string program, program_beside("srasta-tools"));
  SRASTA_TRY_ASSIGN(const CommandRunner runner, start_command_runner(program, folder.path(), user));
  return runner.client.host();
}

Finding found(const sandbox::HostReport& host, Verdict verdict) {
  std::string text = fmt::format("commands run at {}", to_string(host.strongest));
  if (host.strongest == sandbox::Tier::None) text = "no command can run";
  for (const std::string& sentence : host.missing) text += "; " + sentence;
  return {verdict, kSubject, std::move(text),
          verdict == Verdict::Ok ? std::string() : std::string(kNextStep)};
}

}  // namespace

std::vector<Finding> examine_sandbox(const config::Config& config,
                                     std::optional<sandbox::Tier> expected) {
  if (!expected && config.tools.policies.empty()) return {};
  const auto host = try_tiers();
  if (!host) {
    const Verdict verdict = expected ? Verdict::Fail : Verdict::Warn;
    return {{verdict, kSubject, "no command can run: " + host.error().message, kNextStep}};
  }
  if (expected) {
    return {found(*host, host->strongest >= *expected ? Verdict::Ok : Verdict::Fail)};
  }
  // Which tier is enough is in the policy.
  return {found(*host, host->strongest == sandbox::Tier::None ? Verdict::Warn : Verdict::Ok)};
}

}  // namespace srasta::cli
