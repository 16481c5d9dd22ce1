#include "sandbox/descendants.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <dirent.h>
#include <fcntl.h>
#include <set>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace srasta::sandbox {
namespace {

std::string read_all(const std::string& path) {
  std::string text;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  std::array<char, 4096> block{};
  for (ssize_t got = 1; got > 0;) {
    got = ::read(file, block.data(), block.size());
    if (got > 0) text.append(block.data(), static_cast<size_t>(got));
  }
  ::close(file);
  return text;
}

void collect(const std::string& process, std::set<pid_t>& into);

/// Numbers as /proc/PID/task/TID/children has them.
void collect_listed(std::string_view text, std::set<pid_t>& into) {
  while (!text.empty()) {
    pid_t pid = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (parsed.ec == std::errc() && into.insert(pid).second) {
      collect("/proc/" + std::to_string(pid), into);
    }
    const size_t space = text.find(' ');
    if (space == std::string_view::npos) return;
    text.remove_prefix(space + 1);
  }
}

void collect(const std::string& process, std::set<pid_t>& into) {
  const std::string tasks = process + "/task";
  DIR* stream = ::opendir(tasks.c_str());
  if (stream == nullptr) return;
  std::string listed;
  while (const dirent* entry = ::readdir(stream)) {
    if (entry->d_name[0] != '.') listed += read_all(tasks + "/" + entry->d_name + "/children");
  }
  ::closedir(stream);
  collect_listed(listed, into);
}

void signal_all(const std::set<pid_t>& processes, int number) {
  for (const pid_t pid : processes) ::kill(pid, number);
}

/// False when there is no child any more.
bool reap() {
  while (true) {
    const pid_t gone = ::waitpid(-1, nullptr, WNOHANG);
    if (gone < 0 && errno == ECHILD) return false;
    if (gone == 0) return true;
  }
}

/// Those that do not run any more once they are stopped.
std::set<pid_t> stop_all() {
  constexpr int kMostRounds = 64;
  std::set<pid_t> stopped;
  for (int round = 0; round < kMostRounds; ++round) {
    std::set<pid_t> found;
    collect("/proc/self", found);
    signal_all(found, SIGSTOP);
    if (found == stopped) break;
    stopped = std::move(found);
  }
  return stopped;
}

}  // namespace

void kill_children_of(pid_t process) {
  std::set<pid_t> children;
  collect("/proc/" + std::to_string(process), children);
  signal_all(children, SIGKILL);
}

void end_descendants() {
  while (reap()) {
    signal_all(stop_all(), SIGKILL);
    // Whoever was killed is reaped; its children are ours then.
    ::waitpid(-1, nullptr, 0);
  }
}

}  // namespace srasta::sandbox
