#include "sandbox/tree_writer.h"

#include "base/descriptor.h"
#include "sandbox/beneath.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace srasta::sandbox {
namespace {

/// While it lives, this thread makes files of somebody else. A file system of another user
/// namespace takes files of that namespace's users only, whoever asks.
class MakingFilesOf {
 public:
  explicit MakingFilesOf(const std::optional<TreeWriter::Owner>& owner) : active_(owner) {
    if (!active_) return;
    ::setfsgid(owner->group);
    ::setfsuid(owner->user);
  }
  MakingFilesOf(const MakingFilesOf&) = delete;
  MakingFilesOf& operator=(const MakingFilesOf&) = delete;
  ~MakingFilesOf() {
    if (!active_) return;
    ::setfsuid(::geteuid());
    ::setfsgid(::getegid());
  }

 private:
  const bool active_;
};

base::Error write_error(const std::string& path, int error_number) {
  if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG) {
    return base::make_error(base::Code::TooLarge, "the tree is larger than the sandbox holds",
                            path);
  }
  if (error_number == EEXIST || error_number == ENOTDIR || error_number == EISDIR) {
    return base::make_error(base::Code::Invalid, "the tree has a path twice", path);
  }
  return base::errno_error("write " + path, error_number);
}

base::Result<void> check_path(std::string_view path) {
  if (is_plain_path(path)) return {};
  return base::make_error(base::Code::Invalid, "the tree has a path that is no plain path");
}

}  // namespace

base::Result<void> TreeWriter::file(std::string_view path, std::string_view bytes,
                                    bool executable) {
  SRASTA_TRY(check_path(path));
  const MakingFilesOf owner(owner_);
  if (const size_t slash = path.rfind('/'); slash != std::string_view::npos) {
    SRASTA_TRY(make_folders(path.substr(0, slash)));
  }
  SRASTA_TRY(write_file(std::string(path), bytes, executable));
  written_.emplace(
      path,
      FileState{.executable = executable, .size = bytes.size(), .digest = crypto::sha256(bytes)});
  return {};
}

base::Result<void> TreeWriter::folder(std::string_view path) {
  SRASTA_TRY(check_path(path));
  const MakingFilesOf owner(owner_);
  return make_folders(path);
}

base::Result<void> TreeWriter::make_folders(std::string_view path) {
  if (folders_.contains(path)) return {};
  size_t end = 0;
  while (end != std::string_view::npos) {
    end = path.find('/', end + 1);
    std::string folder(path.substr(0, end));
    if (folders_.contains(folder)) continue;
    // Only folders of our own making are on the way, so no link can be.
    if (::mkdirat(directory_, folder.c_str(), 0755) != 0) return write_error(folder, errno);
    folders_.insert(std::move(folder));
  }
  return {};
}

base::Result<void> TreeWriter::write_file(const std::string& path, std::string_view bytes,
                                          bool executable) {
  const base::Descriptor opened(
      open_beneath(directory_, path, O_WRONLY | O_CREAT | O_EXCL, executable ? 0755 : 0644));
  if (!opened.open()) return write_error(path, errno);
  while (!bytes.empty()) {
    const ssize_t put = ::write(opened.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return write_error(path, errno);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  // Whatever the umask of this process takes away.
  if (::fchmod(opened.get(), executable ? 0755 : 0644) != 0) return write_error(path, errno);
  return {};
}

}  // namespace srasta::sandbox
