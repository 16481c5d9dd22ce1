#include "sandbox/own_tasks.h"

#include <dirent.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace srasta::sandbox {
namespace {

uint64_t threads_of(const std::string& process) {
  struct stat status{};
  if (::stat(process.c_str(), &status) != 0 || status.st_uid != ::geteuid()) return 0;
  struct stat tasks{};
  // A directory's links: itself, the one above, and each thread.
  if (::stat((process + "/task").c_str(), &tasks) != 0 || tasks.st_nlink < 3) return 1;
  return tasks.st_nlink - 2;
}

}  // namespace

uint64_t own_tasks() {
  uint64_t count = 0;
  DIR* stream = ::opendir("/proc");
  if (stream == nullptr) return count;
  while (const dirent* entry = ::readdir(stream)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    count += threads_of(std::string("/proc/") + entry->d_name);
  }
  ::closedir(stream);
  return count;
}

}  // namespace srasta::sandbox
