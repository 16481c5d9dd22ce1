#include "sandbox/confinement.h"

#include "sandbox/landlock_rules.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace srasta::sandbox {
namespace {

base::Result<void> mount_memory(const std::string& where, uint64_t bytes, uint64_t files) {
  const std::string options =
      "mode=0700,size=" + std::to_string(bytes) + ",nr_inodes=" + std::to_string(files);
  if (::mount("srasta", where.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) == 0) {
    return {};
  }
  return base::errno_error("mount " + where, errno);
}

base::Result<void> limit(int resource, uint64_t soft, uint64_t hard) {
  const rlimit value{.rlim_cur = soft, .rlim_max = hard};
  if (::setrlimit(static_cast<__rlimit_resource>(resource), &value) == 0) return {};
  return base::errno_error("setrlimit " + std::to_string(resource), errno);
}

base::Result<void> apply_limits(const InitSpec& spec) {
  SRASTA_TRY(limit(RLIMIT_CORE, 0, 0));
  SRASTA_TRY(limit(RLIMIT_MEMLOCK, 0, 0));
  SRASTA_TRY(limit(RLIMIT_MSGQUEUE, 0, 0));
  // At the soft limit SIGXCPU, which tells why; a second later SIGKILL.
  SRASTA_TRY(limit(RLIMIT_CPU, spec.cpu_seconds, spec.cpu_seconds + 1));
  SRASTA_TRY(limit(RLIMIT_FSIZE, spec.file_size, spec.file_size));
  SRASTA_TRY(limit(RLIMIT_NOFILE, spec.open_files, spec.open_files));
  if (spec.address_space > 0) {
    SRASTA_TRY(limit(RLIMIT_AS, spec.address_space, spec.address_space));
  }
  return limit(RLIMIT_NPROC, spec.processes, spec.processes);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGKILL && number != SIGSTOP) ::signal(number, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

LandlockRules rules_of(const InitSpec& spec) {
  LandlockRules rules;
  rules.abi = static_cast<int>(spec.landlock_abi);
  rules.tcp = spec.network == 1;
  rules.writable = {spec.folder, spec.tmp};
  rules.devices = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
  if (spec.tier == Tier::T3) {
    // The host's own tree: programs and libraries, nothing about the host.
    rules.readable = {
        "/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache"};
  } else {
    rules.readable = {"/"};
  }
  return rules;
}

base::Result<void> install(const std::string& program) {
  std::vector<sock_filter> instructions(program.size() / sizeof(sock_filter));
  std::memcpy(instructions.data(), program.data(), instructions.size() * sizeof(sock_filter));
  const sock_fprog whole{.len = static_cast<unsigned short>(instructions.size()),
                         .filter = instructions.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &whole) == 0) return {};
  return base::errno_error("seccomp", errno);
}

}  // namespace

base::Result<void> mount_folders(const InitSpec& spec) {
  if (::unshare(CLONE_NEWNS) != 0) return base::errno_error("unshare", errno);
  SRASTA_TRY(mount_memory(spec.folder, spec.tree_bytes, spec.files));
  SRASTA_TRY(mount_memory(spec.tmp, spec.tmp_bytes, spec.files));
  if (::mount(spec.tmp.c_str(), "/dev/shm", nullptr, MS_BIND, nullptr) == 0) return {};
  return base::errno_error("mount /dev/shm", errno);
}

base::Result<void> drop_privileges() {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    return base::errno_error("ambient capabilities", errno);
  }
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, 2> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) return base::errno_error("capset", errno);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return {};
  return base::errno_error("no_new_privs", errno);
}

base::Result<void> confine(const InitSpec& spec, const SyscallFilter& filter) {
  reset_signals();
  ::umask(022);
  if (::chdir(spec.folder.c_str()) != 0) return base::errno_error("chdir", errno);
  SRASTA_TRY(restrict_files(rules_of(spec)));
  // After what opens descriptors of its own, and before the filter takes prlimit's company away.
  SRASTA_TRY(apply_limits(spec));
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return base::errno_error("close", errno);
  SRASTA_TRY(install(filter.calls));
  return install(filter.arguments);
}

}  // namespace srasta::sandbox
