#include "process/confine.h"

#include "base/descriptor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace srasta::process {
namespace {

// Rights by the ABI that brought them; the headers of the build host may be older than the kernel.
constexpr uint64_t kAbi1 = (1ULL << 13) - 1;
constexpr uint64_t kRefer = 1ULL << 13;
constexpr uint64_t kTruncate = 1ULL << 14;
constexpr uint64_t kDeviceControl = 1ULL << 15;

constexpr uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
// What makes no sense below a data folder is granted nowhere: devices, execution.
constexpr uint64_t kWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                            LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                            LANDLOCK_ACCESS_FS_MAKE_SYM | kRefer | kTruncate;
constexpr uint64_t kFileRights =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;

uint64_t rights_of(int abi) {
  uint64_t rights = kAbi1;
  if (abi >= 2) rights |= kRefer;
  if (abi >= 3) rights |= kTruncate;
  if (abi >= 5) rights |= kDeviceControl;
  return rights;
}

base::Result<void> allow(int ruleset, const std::string& path, uint64_t rights,
                         std::vector<std::string>& gaps) {
  const base::Descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.open()) {
    gaps.push_back("no access to " + path + ": it cannot be opened");
    return {};
  }
  struct stat status{};
  if (::fstat(place.get(), &status) != 0) return base::errno_error("fstat " + path, errno);
  if (!S_ISDIR(status.st_mode)) rights &= kFileRights;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = place.get();
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return base::errno_error("landlock_add_rule " + path, errno);
  }
  return {};
}

base::Result<void> restrict_files(const Confinement& allowed, Enforced& enforced) {
  const uint64_t rights = rights_of(enforced.landlock_abi);
  const uint64_t handled = rights;
  const base::Descriptor ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
  if (!ruleset.open()) return base::errno_error("landlock_create_ruleset", errno);
  for (const std::string& path : allowed.listable) {
    SRASTA_TRY(allow(ruleset.get(), path, LANDLOCK_ACCESS_FS_READ_DIR & rights, enforced.gaps));
  }
  for (const std::string& path : allowed.readable) {
    SRASTA_TRY(allow(ruleset.get(), path, kRead & rights, enforced.gaps));
  }
  for (const std::string& path : allowed.writable) {
    SRASTA_TRY(allow(ruleset.get(), path, kWrite & rights, enforced.gaps));
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return base::errno_error("landlock_restrict_self", errno);
  }
  return {};
}

void note_missing_rights(Enforced& enforced) {
  if (enforced.landlock_abi < 3) {
    enforced.gaps.emplace_back("truncating files is not restricted: Landlock ABI 3 is missing");
  }
  if (enforced.landlock_abi < 5) {
    enforced.gaps.emplace_back("ioctl on devices is not restricted: Landlock ABI 5 is missing");
  }
}

}  // namespace

int landlock_abi() {
  const long abi =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi < 0 ? 0 : static_cast<int>(abi);
}

base::Result<Enforced> confine(const Confinement& allowed) {
  Enforced enforced;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return base::errno_error("no_new_privs", errno);
  }
  enforced.no_new_privileges = true;
  enforced.landlock_abi = landlock_abi();
  if (enforced.landlock_abi == 0) {
    enforced.gaps.emplace_back("files are not restricted: this kernel has no Landlock");
    return enforced;
  }
  SRASTA_TRY(restrict_files(allowed, enforced));
  note_missing_rights(enforced);
  return enforced;
}

}  // namespace srasta::process
