#include "sandbox/landlock_rules.h"

#include "base/descriptor.h"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace srasta::sandbox {
namespace {

// Rights by the ABI that brought them; headers of the build host may be older than the kernel.
constexpr uint64_t kAbi1 = (1ULL << 13) - 1;
constexpr uint64_t kRefer = 1ULL << 13;
constexpr uint64_t kTruncate = 1ULL << 14;
constexpr uint64_t kDeviceControl = 1ULL << 15;
constexpr uint64_t kBindTcp = 1ULL << 0;
constexpr uint64_t kConnectTcp = 1ULL << 1;
constexpr uint64_t kScopeAbstractUnix = 1ULL << 0;
constexpr uint64_t kScopeSignal = 1ULL << 1;

constexpr uint64_t kRead =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE;
// Neither device nodes nor ioctl on devices: nothing that is built needs them.
constexpr uint64_t kWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                            LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                            LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                            LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | kRefer |
                            kTruncate;
constexpr uint64_t kDevice =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
constexpr uint64_t kOfFiles = kDevice | LANDLOCK_ACCESS_FS_EXECUTE;

/// landlock_ruleset_attr as of ABI 6; older kernels take its beginning.
struct RulesetAttributes {
  uint64_t files = 0;
  uint64_t network = 0;
  uint64_t scoped = 0;
};

uint64_t rights_of(int abi) {
  uint64_t rights = kAbi1;
  if (abi >= 2) rights |= kRefer;
  if (abi >= 3) rights |= kTruncate;
  if (abi >= 5) rights |= kDeviceControl;
  return rights;
}

size_t attributes_size(int abi) {
  if (abi >= 6) return sizeof(RulesetAttributes);
  return abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

RulesetAttributes attributes_of(const LandlockRules& rules) {
  RulesetAttributes attributes{.files = rights_of(rules.abi)};
  if (rules.abi >= 4 && !rules.tcp) attributes.network = kBindTcp | kConnectTcp;
  if (rules.abi >= 6) attributes.scoped = kScopeAbstractUnix | kScopeSignal;
  return attributes;
}

base::Result<void> allow(int ruleset, const std::string& path, uint64_t rights) {
  const base::Descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.open()) return {};
  struct stat status{};
  if (::fstat(place.get(), &status) != 0) return base::errno_error("fstat " + path, errno);
  if (!S_ISDIR(status.st_mode)) rights &= kOfFiles;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = place.get();
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return base::errno_error("landlock_add_rule " + path, errno);
  }
  return {};
}

}  // namespace

int landlock_abi() {
  const long abi =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return abi < 0 ? 0 : static_cast<int>(abi);
}

base::Result<void> restrict_files(const LandlockRules& rules) {
  const RulesetAttributes attributes = attributes_of(rules);
  const base::Descriptor ruleset(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &attributes, attributes_size(rules.abi), 0)));
  if (!ruleset.open()) return base::errno_error("landlock_create_ruleset", errno);
  const uint64_t known = rights_of(rules.abi);
  for (const std::string& path : rules.readable) {
    SRASTA_TRY(allow(ruleset.get(), path, kRead & known));
  }
  for (const std::string& path : rules.writable) {
    SRASTA_TRY(allow(ruleset.get(), path, kWrite & known));
  }
  for (const std::string& path : rules.devices) {
    SRASTA_TRY(allow(ruleset.get(), path, kDevice & known));
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return base::errno_error("landlock_restrict_self", errno);
  }
  return {};
}

}  // namespace srasta::sandbox
