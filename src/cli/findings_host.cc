#include "base/clock.h"
#include "base/file.h"
#include "cli/findings.h"
#include "process/confine.h"
#include "process/user.h"

#include <sys/timex.h>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::cli {
namespace {

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kFailBelow = 100 * kMiB;
constexpr uint64_t kWarnBelow = 1024 * kMiB;
constexpr int64_t kEarliest = 1'767'225'600;  // 2026-01-01: nothing was built before it.

/// The nearest folder that exists: the data folder may not have been made yet.
std::string existing(std::string folder) {
  while (folder.size() > 1 && ::access(folder.c_str(), F_OK) != 0) {
    const size_t slash = folder.rfind('/');
    folder.resize(slash == 0 || slash == std::string::npos ? 1 : slash);
  }
  return folder;
}

Finding examine_disk(const std::string& data_folder) {
  const std::string folder = existing(data_folder);
  const auto free = base::PosixFileSystem().free_bytes(folder);
  if (!free) return {Verdict::Warn, "disk", "cannot look at " + folder, {}};
  const std::string text = fmt::format("{} MiB free at {}", *free / kMiB, folder);
  if (*free < kFailBelow) return {Verdict::Fail, "disk", text, "make room: the ledger needs it"};
  if (*free < kWarnBelow) return {Verdict::Warn, "disk", text, "make room soon"};
  return {Verdict::Ok, "disk", text, {}};
}

Finding examine_clock() {
  const base::WallTime now = base::SystemClock().wall();
  if (base::unix_seconds(now) < kEarliest) {
    return {Verdict::Fail, "clock", base::format_utc(now) + " is in the past",
            "set the clock: no token verifies"};
  }
  timex state{};
  if (::adjtimex(&state) == TIME_ERROR) {
    return {Verdict::Warn, "clock", "not synchronized", "enable NTP: tokens allow 30 s of skew"};
  }
  return {Verdict::Ok, "clock", "synchronized", {}};
}

Finding examine_landlock() {
  const int abi = process::landlock_abi();
  if (abi == 0) {
    return {Verdict::Warn, "landlock", "not available: services are not confined to their files",
            "enable it with the kernel parameter lsm=landlock,..."};
  }
  return {Verdict::Ok, "landlock", fmt::format("ABI {}", abi), {}};
}

std::string setting_of_kernel(const std::string& path) {
  base::PosixFileSystem files;
  auto text = base::read_file(files, path, 64);
  if (!text) return {};
  while (text->ends_with('\n')) text->pop_back();
  return *text;
}

Finding examine_namespaces() {
  const bool off =
      setting_of_kernel("/proc/sys/user/max_user_namespaces") == "0" ||
      setting_of_kernel("/proc/sys/kernel/unprivileged_userns_clone") == "0" ||
      setting_of_kernel("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1";
  if (!off) return {Verdict::Ok, "user namespaces", "available", {}};
  return {Verdict::Warn, "user namespaces", "switched off: sandboxed commands cannot run",
          "sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone"};
}

Finding examine_user() {
  if (::geteuid() != 0) return {Verdict::Ok, "user", "not root", {}};
  const auto user = process::find_user("srasta");
  if (user && *user) return {Verdict::Ok, "user", "services run as srasta", {}};
  return {Verdict::Warn, "user", "services would run as root",
          "useradd --system --home-dir /var/lib/srasta --shell /usr/sbin/nologin srasta"};
}

}  // namespace

std::vector<Finding> examine_host(const std::string& data_folder) {
  return {examine_user(), examine_disk(data_folder), examine_clock(), examine_landlock(),
          examine_namespaces()};
}

}  // namespace srasta::cli
