#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::base {

/// What identifies an open file on its volume: it differs once a path was replaced or removed.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t links = 0;
  uint64_t size = 0;
};

/// An open file. Closed on destruction. Not shared between threads.
class File {
 public:
  virtual ~File() = default;

  /// Appends all of `bytes`; on failure an unknown prefix may have been written.
  virtual Result<void> append(std::string_view bytes) = 0;
  /// Reads up to `out.size()` bytes at `offset`; 0 means end of file.
  virtual Result<size_t> read_at(uint64_t offset, std::span<char> out) = 0;
  virtual Result<void> truncate(uint64_t size) = 0;
  /// fdatasync(2). After an error the same file must not be synced again: the kernel may have
  /// dropped the dirty pages and would answer success.
  virtual Result<void> sync() = 0;
  virtual Result<FileIdentity> identity() = 0;
  /// Takes an exclusive open-file-description lock; Code::Conflict if another description holds it.
  virtual Result<void> lock() = 0;
};

enum class OpenMode : uint8_t { Read, ReadWrite, CreateNew };

/// The file system, as far as this program uses it. Injected so that tests can fail any step.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// New files get mode 0600.
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  /// Identity of what `path` names now; Code::NotFound when nothing is there.
  virtual Result<FileIdentity> identity(const std::string& path) = 0;
  /// Names in a folder, sorted; Code::NotFound when it does not exist.
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
  /// Creates the folder and its missing parents with mode 0700.
  virtual Result<void> make_folder(const std::string& folder) = 0;
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  /// Makes creations, renames and removals in `folder` durable.
  virtual Result<void> sync_folder(const std::string& folder) = 0;
  /// Bytes that this process may still store on the volume of `folder`.
  virtual Result<uint64_t> free_bytes(const std::string& folder) = 0;
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<FileIdentity> identity(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Result<void> make_folder(const std::string& folder) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> sync_folder(const std::string& folder) override;
  Result<uint64_t> free_bytes(const std::string& folder) override;
};

/// `size` bytes from `offset` on; fewer only where the file ends.
[[nodiscard]] Result<std::string> read_range(File& file, uint64_t offset, size_t size);

/// The whole of a file; Code::TooLarge past `limit` bytes.
[[nodiscard]] Result<std::string> read_file(FileSystem& files, const std::string& path,
                                            uint64_t limit);

/// Replaces `path` so that after a crash either the old or the new content is there.
[[nodiscard]] Result<void> write_file_atomic(FileSystem& files, const std::string& path,
                                             std::string_view content);

}  // namespace srasta::base
