#include "sandbox/beneath.h"

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace srasta::sandbox {
namespace {

constexpr size_t kLongestPath = 1024;
constexpr size_t kLongestSegment = 255;
constexpr int kMostSegments = 64;

/// Gives the owner his rights back, through a descriptor that refers to the very file.
bool open_up(int directory, const std::string& name) {
  const base::Descriptor place(open_beneath(directory, name, O_PATH));
  struct stat status{};
  if (!place.open() || ::fstat(place.get(), &status) != 0) return false;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return false;
  const std::string link = "/proc/self/fd/" + std::to_string(place.get());
  return ::chmod(link.c_str(), S_ISDIR(status.st_mode) ? 0700 : 0600) == 0;
}

struct CloseStream {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

/// A directory whose entries are being removed.
struct Level {
  std::unique_ptr<DIR, CloseStream> stream;
  std::string name;  ///< in the directory above
};

base::Result<Level> open_level(int directory, const std::string& name) {
  base::Descriptor opened(reopen_beneath(directory, name, O_RDONLY | O_DIRECTORY));
  if (!opened.open()) return base::errno_error("open a folder that is to be removed", errno);
  // Names can be taken out of a folder only with all of its owner's rights.
  if (::fchmod(opened.get(), 0700) != 0) return base::errno_error("chmod", errno);
  Level level{.stream{::fdopendir(opened.get())}, .name = name};
  if (level.stream == nullptr) return base::errno_error("fdopendir", errno);
  static_cast<void>(opened.release());
  return level;
}

bool is_dots(const char* name) {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

/// Empties a directory. Of a tree that is deeper than it may keep descriptors open, the deep parts
/// are moved to the top and emptied from there.
class Removal {
 public:
  explicit Removal(int directory) : directory_(directory) {}
  base::Result<void> all();

 private:
  static constexpr size_t kMostOpen = 32;

  base::Result<void> remove(const std::string& name);
  base::Result<void> leave();

  int directory_;
  std::vector<Level> levels_;
  uint64_t raised_ = 0;  ///< parts moved to the top
  uint64_t seen_ = 0;    ///< of those, when the top was read last
};

base::Result<void> Removal::all() {
  SRASTA_TRY_ASSIGN(Level top, open_level(directory_, "."));
  levels_.push_back(std::move(top));
  while (!levels_.empty()) {
    errno = 0;
    const dirent* entry = ::readdir(levels_.back().stream.get());
    if (entry != nullptr) {
      if (!is_dots(entry->d_name)) SRASTA_TRY(remove(entry->d_name));
    } else {
      if (errno != 0) return base::errno_error("readdir", errno);
      SRASTA_TRY(leave());
    }
  }
  return {};
}

base::Result<void> Removal::remove(const std::string& name) {
  const int folder = ::dirfd(levels_.back().stream.get());
  if (::unlinkat(folder, name.c_str(), 0) == 0) return {};
  if (errno != EISDIR) return base::errno_error("unlink", errno);
  SRASTA_TRY_ASSIGN(Level below, open_level(folder, name));
  if (levels_.size() < kMostOpen) {
    levels_.push_back(std::move(below));
    return {};
  }
  const std::string raised = "raised-" + std::to_string(raised_++);
  const int top = ::dirfd(levels_.front().stream.get());
  // A name that is there already is a file's or an empty folder's, or it is an error to be told.
  if (::renameat(folder, name.c_str(), top, raised.c_str()) != 0) {
    return base::errno_error("rename", errno);
  }
  return {};
}

base::Result<void> Removal::leave() {
  if (levels_.size() == 1 && raised_ != seen_) {
    seen_ = raised_;
    ::rewinddir(levels_.front().stream.get());
    return {};
  }
  const std::string name = levels_.back().name;
  levels_.pop_back();
  if (levels_.empty()) return {};
  if (::unlinkat(::dirfd(levels_.back().stream.get()), name.c_str(), AT_REMOVEDIR) != 0) {
    return base::errno_error("rmdir", errno);
  }
  return {};
}

}  // namespace

int open_beneath(int directory, const std::string& path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how));
}

int reopen_beneath(int directory, const std::string& name, int flags) {
  const int opened = open_beneath(directory, name, flags);
  if (opened >= 0 || errno != EACCES) return opened;
  if (!open_up(directory, name)) {
    errno = EACCES;
    return -1;
  }
  return open_beneath(directory, name, flags);
}

bool is_plain_path(std::string_view path) {
  if (path.empty() || path.size() > kLongestPath) return false;
  if (path.find('\0') != std::string_view::npos) return false;
  for (int segments = 1; segments <= kMostSegments; ++segments) {
    const size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (segment.empty() || segment.size() > kLongestSegment) return false;
    if (segment == "." || segment == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
  return false;
}

base::Result<void> remove_content(int directory) {
  return Removal(directory).all();
}

}  // namespace srasta::sandbox
