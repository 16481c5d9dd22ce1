#include "sandbox/capture.h"

#include "base/descriptor.h"
#include "sandbox/beneath.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace srasta::sandbox {
namespace {

struct CloseStream {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

base::Error too_large(std::string_view what) {
  return base::make_error(base::Code::TooLarge,
                          "the run left more " + std::string(what) + " behind than are captured");
}

std::string_view kind_of(mode_t mode) {
  if (S_ISLNK(mode)) return "symlink";
  if (S_ISFIFO(mode)) return "fifo";
  if (S_ISSOCK(mode)) return "socket";
  return "device";
}

/// The names of a directory, in the order of their bytes.
base::Result<std::vector<std::string>> names_in(int directory, uint64_t& entries_left) {
  const int own = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return base::errno_error("open a folder of the run", errno);
  const std::unique_ptr<DIR, CloseStream> stream(::fdopendir(own));
  if (stream == nullptr) return base::errno_error("fdopendir", errno);
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    if (entries_left-- == 0) return too_large("files");
    names.emplace_back(entry->d_name);
  }
  if (errno != 0) return base::errno_error("readdir", errno);
  std::ranges::sort(names);
  return names;
}

/// At most `size` bytes, which is what fstat(2) said; what follows is nobody's.
base::Result<std::string> read_bytes(int file, uint64_t size) {
  std::string bytes(size, '\0');
  size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t count = ::read(file, bytes.data() + got, bytes.size() - got);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::errno_error("read a file of the run", errno);
    if (count == 0) break;
    got += static_cast<size_t>(count);
  }
  bytes.resize(got);
  return bytes;
}

class Capture {
 public:
  Capture(const Manifest& before, const CaptureLimits& limits)
      : before_(before),
        entries_left_(limits.entries),
        changes_left_(limits.changes),
        bytes_left_(limits.bytes) {}

  base::Result<void> folder(int directory, const std::string& prefix);
  Captured finish();

 private:
  base::Result<void> entry(int directory, const std::string& name, const std::string& path);
  base::Result<void> file(int directory, const std::string& name, const std::string& path);
  base::Result<void> keep(Change change);
  void ignore(const std::string& path, std::string_view kind) {
    captured_.ignored.push_back({.path = path, .kind = kind});
  }

  const Manifest& before_;
  uint64_t entries_left_;
  uint64_t changes_left_;
  uint64_t bytes_left_;
  std::set<std::string, std::less<>> seen_;
  Captured captured_;
};

/// As deep as paths have segments, because `is_plain_path` is asked first.
base::Result<void> Capture::folder(int directory, const std::string& prefix) {
  SRASTA_TRY_ASSIGN(const std::vector<std::string> names, names_in(directory, entries_left_));
  for (const std::string& name : names) {
    const std::string path = prefix.empty() ? name : prefix + "/" + name;
    if (is_plain_path(path)) {
      SRASTA_TRY(entry(directory, name, path));
    } else {
      ignore(path, "name");
    }
  }
  return {};
}

base::Result<void> Capture::entry(int directory, const std::string& name, const std::string& path) {
  struct stat status{};
  if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return base::errno_error("look at a file of the run", errno);
  }
  if (S_ISREG(status.st_mode)) return file(directory, name, path);
  if (!S_ISDIR(status.st_mode)) {
    ignore(path, kind_of(status.st_mode));
    return {};
  }
  const base::Descriptor below(reopen_beneath(directory, name, O_RDONLY | O_DIRECTORY));
  if (below.open()) return folder(below.get(), path);
  if (errno != EXDEV) return base::errno_error("open a folder of the run", errno);
  ignore(path, "mount");
  return {};
}

base::Result<void> Capture::file(int directory, const std::string& name, const std::string& path) {
  const base::Descriptor opened(reopen_beneath(directory, name, O_RDONLY | O_NONBLOCK));
  struct stat status{};
  if (!opened.open() || ::fstat(opened.get(), &status) != 0) {
    return base::errno_error("open a file of the run", errno);
  }
  if (!S_ISREG(status.st_mode)) {
    ignore(path, kind_of(status.st_mode));
    return {};
  }
  seen_.insert(path);
  const auto known = before_.find(path);
  const bool executable = (status.st_mode & S_IXUSR) != 0;
  const auto size = static_cast<uint64_t>(status.st_size);
  const bool may_be_same = known != before_.end() && known->second.size == size;
  if (!may_be_same && size > bytes_left_) return too_large("bytes");
  SRASTA_TRY_ASSIGN(std::string bytes, read_bytes(opened.get(), size));
  if (may_be_same && known->second.digest == crypto::sha256(bytes) &&
      known->second.executable == executable) {
    return {};
  }
  const Change::Kind kind = known == before_.end() ? Change::Kind::Added : Change::Kind::Changed;
  return keep({.path = path, .kind = kind, .executable = executable, .bytes = std::move(bytes)});
}

base::Result<void> Capture::keep(Change change) {
  if (changes_left_-- == 0) return too_large("changed files");
  if (change.bytes.size() > bytes_left_) return too_large("bytes");
  bytes_left_ -= change.bytes.size();
  captured_.changes.push_back(std::move(change));
  return {};
}

Captured Capture::finish() {
  for (const auto& [path, state] : before_) {
    if (!seen_.contains(path)) {
      captured_.changes.push_back(
          {.path = path, .kind = Change::Kind::Removed, .executable = false, .bytes = {}});
    }
  }
  std::ranges::sort(captured_.changes, {}, &Change::path);
  std::ranges::sort(captured_.ignored, {}, &Ignored::path);
  return std::move(captured_);
}

}  // namespace

base::Result<Captured> capture(int directory, const Manifest& before, const CaptureLimits& limits) {
  Capture capture(before, limits);
  SRASTA_TRY(capture.folder(directory, {}));
  Captured captured = capture.finish();
  if (captured.changes.size() > limits.changes) return too_large("changed files");
  return captured;
}

}  // namespace srasta::sandbox
