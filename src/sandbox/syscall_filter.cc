#include "sandbox/syscall_filter.h"

#include "base/descriptor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace srasta::sandbox {
namespace {

/// Numbers to ask libseccomp about. What is above is unknown to it, and so ENOSYS.
constexpr int kNumbersAsked = 1024;

constexpr auto kRefused = std::to_array<std::string_view>({
    // namespaces and mounts
    "unshare",
    "setns",
    "mount",
    "umount",
    "umount2",
    "pivot_root",
    "chroot",
    "fsopen",
    "fsmount",
    "fsconfig",
    "fspick",
    "move_mount",
    "open_tree",
    "mount_setattr",
    // other processes
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    "kcmp",
    "move_pages",
    "migrate_pages",
    // large or young parts of the kernel
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "keyctl",
    "add_key",
    "request_key",
    "fanotify_init",
    "fanotify_mark",
    "vmsplice",
    "modify_ldt",
    "memfd_secret",
    // files without their path
    "open_by_handle_at",
    "name_to_handle_at",
    "lookup_dcookie",
    // the machine
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "create_module",
    "query_module",
    "get_kernel_syms",
    "nfsservctl",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "quotactl_fd",
    "syslog",
    "settimeofday",
    "clock_settime",
    "clock_settime64",
    "clock_adjtime",
    "adjtimex",
    "stime",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "vhangup",
    "_sysctl",
    "uselib",
    "sysfs",
    "ustat",
});

constexpr auto kMetadataByPath = std::to_array<std::string_view>({
    "chmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "lchown",
    "fchownat",
    "setxattr",
    "lsetxattr",
    "removexattr",
    "lremovexattr",
    "utime",
    "utimes",
    "futimesat",
});

constexpr auto kReachesOthers = std::to_array<std::string_view>({
    "shmget",
    "shmat",
    "shmctl",
    "semget",
    "semop",
    "semtimedop",
    "semctl",
    "msgget",
    "msgsnd",
    "msgrcv",
    "msgctl",
    "ipc",
    "mq_open",
    "mq_unlink",
    "inotify_init",
    "inotify_init1",
    "inotify_add_watch",
});

/// A flag as rules compare it.
constexpr std::array<uint64_t, 7> kNewNamespaces{CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
                                                 CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
                                                 CLONE_NEWNET};

struct ReleaseContext {
  void operator()(void* context) const { ::seccomp_release(context); }
};
using Context = std::unique_ptr<void, ReleaseContext>;

struct FreeName {
  void operator()(char* name) const { std::free(name); }  // NOLINT: libseccomp allocates it
};

base::Error filter_error(std::string_view step, int result) {
  return base::errno_error(step, -result);
}

template <size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

base::Result<Context> new_context(uint32_t otherwise) {
  Context context(::seccomp_init(otherwise));
  if (context == nullptr) return base::errno_error("seccomp_init", ENOMEM);
  int result = ::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  // A tree instead of a list: hundreds of numbers are compared.
  if (result == 0) result = ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (result != 0) return filter_error("seccomp_attr_set", result);
  return context;
}

base::Result<std::string> program_of(const Context& context) {
  const base::Descriptor memory(::memfd_create("filter", MFD_CLOEXEC));
  if (!memory.open()) return base::errno_error("memfd_create", errno);
  if (const int result = ::seccomp_export_bpf(context.get(), memory.get()); result != 0) {
    return filter_error("seccomp_export_bpf", result);
  }
  const off_t size = ::lseek(memory.get(), 0, SEEK_END);
  if (size <= 0) return base::errno_error("seccomp_export_bpf", EIO);
  std::string bytes(static_cast<size_t>(size), '\0');
  if (::pread(memory.get(), bytes.data(), bytes.size(), 0) != size) {
    return base::errno_error("read the filter", EIO);
  }
  return bytes;
}

uint32_t action_for(std::string_view name, const FilterOptions& options) {
  if (contains(kRefused, name)) return SCMP_ACT_ERRNO(EPERM);
  if (!options.metadata_by_path && contains(kMetadataByPath, name)) return SCMP_ACT_ERRNO(EPERM);
  if (!options.other_processes && contains(kReachesOthers, name)) return SCMP_ACT_ERRNO(EPERM);
  if (!options.truncate_by_path && name == "truncate") return SCMP_ACT_ERRNO(EPERM);
  // Its flags are in memory, where no filter sees them; the C library falls back to clone.
  if (name == "clone3") return SCMP_ACT_ERRNO(ENOSYS);
  return SCMP_ACT_ALLOW;
}

base::Result<std::string> build_calls(const FilterOptions& options) {
  constexpr uint32_t kUnknown = SCMP_ACT_ERRNO(ENOSYS);
  SRASTA_TRY_ASSIGN(const Context context, new_context(kUnknown));
  for (int number = 0; number < kNumbersAsked; ++number) {
    const std::unique_ptr<char, FreeName> name(
        ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number));
    if (name == nullptr) continue;
    const uint32_t action = action_for(name.get(), options);
    if (action == kUnknown) continue;
    if (const int result = ::seccomp_rule_add(context.get(), action, number, 0); result != 0) {
      return filter_error("seccomp_rule_add " + std::string(name.get()), result);
    }
  }
  return program_of(context);
}

/// Collects EPERM rules; the first that cannot be added is the error.
class Refusals {
 public:
  explicit Refusals(const Context& context) : context_(context.get()) {}

  void add(int call, std::initializer_list<scmp_arg_cmp> when) {
    if (result_ != 0) return;
    result_ = ::seccomp_rule_add_array(context_, SCMP_ACT_ERRNO(EPERM), call,
                                       static_cast<unsigned>(when.size()), when.begin());
  }

  [[nodiscard]] base::Result<void> done() const {
    if (result_ == 0) return {};
    return filter_error("seccomp_rule_add", result_);
  }

 private:
  void* context_;
  int result_ = 0;
};

scmp_arg_cmp is(unsigned argument, uint64_t value) {
  return {.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

scmp_arg_cmp above(unsigned argument, uint64_t value) {
  return {.arg = argument, .op = SCMP_CMP_GT, .datum_a = value, .datum_b = 0};
}

scmp_arg_cmp masked(unsigned argument, uint64_t mask, uint64_t value) {
  return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

/// TCP and UDP only: neither raw packets nor the protocols that few people look after.
void refuse_protocols(Refusals& refusals, int family) {
  constexpr uint64_t kTypeMask = 0xF;
  constexpr uint64_t kTcp = 6;
  constexpr uint64_t kUdp = 17;
  const auto domain = static_cast<uint64_t>(family);
  for (uint64_t type = 0; type <= kTypeMask; ++type) {
    if (type == SOCK_STREAM || type == SOCK_DGRAM) continue;
    refusals.add(SCMP_SYS(socket), {is(0, domain), masked(1, kTypeMask, type)});
  }
  for (uint64_t protocol = 1; protocol < kUdp; ++protocol) {
    if (protocol == kTcp) continue;
    refusals.add(SCMP_SYS(socket), {is(0, domain), is(2, protocol)});
  }
  refusals.add(SCMP_SYS(socket), {is(0, domain), above(2, kUdp)});
}

void refuse_sockets(Refusals& refusals, const FilterOptions& options) {
  for (int family = 0; family <= AF_INET6; ++family) {
    const bool internet = family == AF_INET || family == AF_INET6;
    if (family == AF_UNIX && options.unix_sockets) continue;
    if (internet && options.internet_sockets) {
      refuse_protocols(refusals, family);
    } else {
      refusals.add(SCMP_SYS(socket), {is(0, static_cast<uint64_t>(family))});
    }
  }
  // Packets, netlink, vsock, crypto and all that will come.
  refusals.add(SCMP_SYS(socket), {above(0, AF_INET6)});
}

/// Of calls that take a process, only zero, which is the calling thread.
void refuse_other_processes(Refusals& refusals) {
  for (const int call : {SCMP_SYS(prlimit64), SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_setattr),
                         SCMP_SYS(sched_setparam), SCMP_SYS(sched_setscheduler)}) {
    refusals.add(call, {above(0, 0)});
  }
  // First what kind of number the second is: 0 or 1 is a process.
  refusals.add(SCMP_SYS(setpriority), {above(0, PRIO_PROCESS)});
  refusals.add(SCMP_SYS(setpriority), {above(1, 0)});
  constexpr uint64_t kIoPrioOfProcess = 1;
  refusals.add(SCMP_SYS(ioprio_set), {above(0, kIoPrioOfProcess)});
  refusals.add(SCMP_SYS(ioprio_set), {above(1, 0)});
}

base::Result<std::string> build_arguments(const FilterOptions& options) {
  constexpr uint64_t kWord = 0xFFFFFFFF;
  SRASTA_TRY_ASSIGN(const Context context, new_context(SCMP_ACT_ALLOW));
  Refusals refusals(context);
  for (const uint64_t flag : kNewNamespaces) {
    refusals.add(SCMP_SYS(clone), {masked(0, flag, flag)});
  }
  refuse_sockets(refusals, options);
  // The kernel looks at the lower half only, so the rules do.
  for (const int request : {TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS}) {
    refusals.add(SCMP_SYS(ioctl), {masked(1, kWord, static_cast<uint64_t>(request))});
  }
  for (const auto type : std::to_array<uint64_t>({S_IFCHR, S_IFBLK})) {
    refusals.add(SCMP_SYS(mknod), {masked(1, S_IFMT, type)});
    refusals.add(SCMP_SYS(mknodat), {masked(2, S_IFMT, type)});
  }
  refusals.add(SCMP_SYS(personality), {above(0, 0)});
  if (!options.other_processes) refuse_other_processes(refusals);
  // A set time without a path is that of an open file.
  if (!options.metadata_by_path) refusals.add(SCMP_SYS(utimensat), {above(1, 0)});
  SRASTA_TRY(refusals.done());
  return program_of(context);
}

}  // namespace

base::Result<SyscallFilter> build_filter(const FilterOptions& options) {
  SyscallFilter filter;
  SRASTA_TRY_ASSIGN(filter.calls, build_calls(options));
  SRASTA_TRY_ASSIGN(filter.arguments, build_arguments(options));
  return filter;
}

}  // namespace srasta::sandbox
