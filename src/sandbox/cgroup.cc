#include "sandbox/cgroup.h"

#include "base/encoding.h"
#include "base/entropy.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace srasta::sandbox {
namespace {

constexpr std::string_view kPrefix = "srasta-run-";

base::Result<void> write_value(const std::string& file, std::string_view value) {
  const base::Descriptor opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!opened.open()) return base::errno_error("open " + file, errno);
  if (::write(opened.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size())) {
    return {};
  }
  return base::errno_error("write " + file, errno);
}

std::string read_text(const std::string& file) {
  const base::Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> block{};
  const ssize_t got = opened.open() ? ::read(opened.get(), block.data(), block.size()) : -1;
  return got > 0 ? std::string(block.data(), static_cast<size_t>(got)) : std::string();
}

/// Swap may not be counted on this kernel; then the memory limit alone holds.
void forbid_swap(const std::string& file, const std::string& value) {
  static_cast<void>(write_value(file, value));
}

/// A group that was just left by its last process may still be busy for a moment.
void remove_group(const std::string& folder) {
  constexpr int kTries = 100;
  constexpr int kMillis = 10;
  for (int tries = 0; tries < kTries; ++tries) {
    if (::rmdir(folder.c_str()) == 0 || errno != EBUSY) return;
    ::poll(nullptr, 0, kMillis);
  }
}

void remove_stale_in(const std::string& parent) {
  DIR* stream = parent.empty() ? nullptr : ::opendir(parent.c_str());
  if (stream == nullptr) return;
  while (const dirent* entry = ::readdir(stream)) {
    // One that is in use is busy.
    if (std::string_view(entry->d_name).starts_with(kPrefix)) {
      ::rmdir((parent + "/" + entry->d_name).c_str());
    }
  }
  ::closedir(stream);
}

}  // namespace

base::Result<void> Cgroup::add(const std::string& parent) {
  base::SystemEntropy entropy;
  const std::string folder = parent + "/" + std::string(kPrefix) + base::random_base32(entropy, 16);
  if (::mkdir(folder.c_str(), 0700) != 0) return base::errno_error("mkdir " + folder, errno);
  folders_.push_back(folder);
  const std::string file = folder + "/cgroup.procs";
  base::Descriptor procs(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!procs.open()) return base::errno_error("open " + file, errno);
  procs_.push_back(std::move(procs));
  return {};
}

base::Result<Cgroup> Cgroup::make(const CgroupParents& parents, uint64_t memory,
                                  uint64_t processes) {
  Cgroup group;
  const std::string bytes = std::to_string(memory);
  const std::string count = std::to_string(processes);
  if (!parents.unified.empty()) {
    SRASTA_TRY(group.add(parents.unified));
    const std::string& folder = group.folders_.back();
    SRASTA_TRY(write_value(folder + "/memory.max", bytes));
    SRASTA_TRY(write_value(folder + "/pids.max", count));
    SRASTA_TRY(write_value(folder + "/memory.oom.group", "1"));
    forbid_swap(folder + "/memory.swap.max", "0");
    group.events_ = folder + "/memory.events";
    return group;
  }
  SRASTA_TRY(group.add(parents.memory));
  SRASTA_TRY(write_value(group.folders_.back() + "/memory.limit_in_bytes", bytes));
  forbid_swap(group.folders_.back() + "/memory.memsw.limit_in_bytes", bytes);
  group.events_ = group.folders_.back() + "/memory.oom_control";
  SRASTA_TRY(group.add(parents.pids));
  SRASTA_TRY(write_value(group.folders_.back() + "/pids.max", count));
  return group;
}

void Cgroup::remove_stale(const CgroupParents& parents) {
  remove_stale_in(parents.unified);
  remove_stale_in(parents.memory);
  remove_stale_in(parents.pids);
}

Cgroup::~Cgroup() {
  procs_.clear();
  for (const std::string& folder : folders_) remove_group(folder);
}

std::vector<int> Cgroup::procs() const {
  std::vector<int> numbers;
  for (const base::Descriptor& procs : procs_) numbers.push_back(procs.get());
  return numbers;
}

bool Cgroup::out_of_memory() const {
  constexpr std::string_view kCounter = "\noom_kill ";
  const std::string text = "\n" + read_text(events_);
  const size_t start = text.find(kCounter);
  if (start == std::string::npos) return false;
  const std::string_view rest = std::string_view(text).substr(start + kCounter.size());
  const auto count = base::parse_u64(rest.substr(0, rest.find('\n')));
  return count && *count > 0;
}

void Cgroup::kill() const {
  for (const std::string& folder : folders_) {
    static_cast<void>(write_value(folder + "/cgroup.kill", "1"));
  }
}

}  // namespace srasta::sandbox
