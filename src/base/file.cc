#include "base/file.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace srasta::base {
namespace {

Error path_error(std::string_view operation, const std::string& path, int error_number) {
  Error error = errno_error(std::string(operation) + " " + path, error_number);
  if (error_number == ENOENT) error.code = Code::NotFound;
  if (error_number == EEXIST) error.code = Code::Conflict;
  return error;
}

FileIdentity identity_of(const struct stat& status) {
  return FileIdentity{status.st_dev, status.st_ino, status.st_nlink,
                      static_cast<uint64_t>(status.st_size)};
}

class PosixFile final : public File {
 public:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override { ::close(descriptor_); }

  Result<void> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return path_error("write", path_, errno);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }

  Result<size_t> read_at(uint64_t offset, std::span<char> out) override {
    while (true) {
      const ssize_t got = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return path_error("read", path_, errno);
      return static_cast<size_t>(got);
    }
  }

  Result<void> truncate(uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
      return path_error("truncate", path_, errno);
    }
    return {};
  }

  Result<void> sync() override {
    if (::fdatasync(descriptor_) != 0) return path_error("fdatasync", path_, errno);
    return {};
  }

  Result<FileIdentity> identity() override {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) return path_error("fstat", path_, errno);
    return identity_of(status);
  }

  Result<void> lock() override {
    struct flock request{};
    request.l_type = F_WRLCK;
    request.l_whence = SEEK_SET;
    if (::fcntl(descriptor_, F_OFD_SETLK, &request) == 0) return {};
    if (errno == EAGAIN || errno == EACCES) {
      return make_error(Code::Conflict, path_ + " is locked by another process");
    }
    return path_error("lock", path_, errno);
  }

 private:
  int descriptor_;
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<File>> PosixFileSystem::open(const std::string& path, OpenMode mode) {
  int flags = O_CLOEXEC | O_NOFOLLOW;
  if (mode == OpenMode::Read) flags |= O_RDONLY;
  if (mode == OpenMode::ReadWrite) flags |= O_RDWR | O_CREAT | O_APPEND;
  if (mode == OpenMode::CreateNew) flags |= O_RDWR | O_CREAT | O_APPEND | O_EXCL;
  const int descriptor = ::open(path.c_str(), flags, 0600);
  if (descriptor < 0) return path_error("open", path, errno);
  return std::unique_ptr<File>(std::make_unique<PosixFile>(descriptor, path));
}

Result<FileIdentity> PosixFileSystem::identity(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return path_error("stat", path, errno);
  return identity_of(status);
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::string& folder) {
  DIR* const handle = ::opendir(folder.c_str());
  if (handle == nullptr) return path_error("list", folder, errno);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(handle)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(handle);
  std::ranges::sort(names);
  return names;
}

Result<void> PosixFileSystem::make_folder(const std::string& folder) {
  for (size_t at = 1; at <= folder.size(); ++at) {
    if (at != folder.size() && folder[at] != '/') continue;
    const std::string part = folder.substr(0, at);
    if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      return path_error("create folder", part, errno);
    }
  }
  return {};
}

Result<void> PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return path_error("rename to", to, errno);
  return {};
}

Result<void> PosixFileSystem::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return path_error("remove", path, errno);
  return {};
}

Result<void> PosixFileSystem::sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return path_error("open folder", folder, errno);
  const int outcome = ::fsync(descriptor);
  const int error_number = errno;
  ::close(descriptor);
  if (outcome != 0) return path_error("sync folder", folder, error_number);
  return {};
}

Result<uint64_t> PosixFileSystem::free_bytes(const std::string& folder) {
  struct statvfs volume{};
  if (::statvfs(folder.c_str(), &volume) != 0) return path_error("look at", folder, errno);
  return uint64_t{volume.f_bavail} * volume.f_frsize;
}

Result<std::string> read_range(File& file, uint64_t offset, size_t size) {
  std::string bytes(size, '\0');
  size_t filled = 0;
  while (filled < size) {
    SRASTA_TRY_ASSIGN(const size_t got,
                      file.read_at(offset + filled, std::span(bytes).subspan(filled)));
    if (got == 0) break;
    filled += got;
  }
  bytes.resize(filled);
  return bytes;
}

Result<std::string> read_file(FileSystem& files, const std::string& path, uint64_t limit) {
  SRASTA_TRY_ASSIGN(auto file, files.open(path, OpenMode::Read));
  SRASTA_TRY_ASSIGN(const FileIdentity identity, file->identity());
  std::string content;
  std::string block(std::min<uint64_t>(std::max<uint64_t>(identity.size + 1, 4096), 1 << 20), '\0');
  while (true) {
    SRASTA_TRY_ASSIGN(const size_t got, file->read_at(content.size(), block));
    if (got == 0) return content;
    content.append(block, 0, got);
    if (content.size() > limit) {
      return make_error(Code::TooLarge,
                        path + " is larger than " + std::to_string(limit) + " bytes");
    }
  }
}

Result<void> write_file_atomic(FileSystem& files, const std::string& path,
                               std::string_view content) {
  const std::string draft = path + ".new";
  if (auto removed = files.remove(draft); !removed && removed.error().code != Code::NotFound) {
    return removed;
  }
  SRASTA_TRY_ASSIGN(auto file, files.open(draft, OpenMode::CreateNew));
  SRASTA_TRY(file->append(content));
  SRASTA_TRY(file->sync());
  SRASTA_TRY(files.rename(draft, path));
  const size_t slash = path.rfind('/');
  return files.sync_folder(slash == std::string::npos ? "." : path.substr(0, slash));
}

}  // namespace srasta::base
