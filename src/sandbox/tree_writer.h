#pragma once

#include "base/result.h"
#include "crypto/hash.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace srasta::sandbox {

/// A regular file, as it was written.
struct FileState {
  bool executable = false;
  uint64_t size = 0;
  crypto::Digest digest{};  ///< SHA-256 of its bytes

  bool operator==(const FileState&) const = default;
};

/// Every regular file of a tree, by its path.
using Manifest = std::map<std::string, FileState, std::less<>>;

/// Makes the files of a tree below an empty directory, and remembers what it made. Paths are
/// `is_plain_path`; nothing is overwritten, no link is followed. Not shared between threads.
class TreeWriter {
 public:
  struct Owner {
    uid_t user = 0;
    gid_t group = 0;
  };

  /// `directory` must outlive the writer. With `owner`, which takes root, files are his.
  TreeWriter(int directory, std::optional<Owner> owner) : directory_(directory), owner_(owner) {}
  TreeWriter(const TreeWriter&) = delete;
  TreeWriter& operator=(const TreeWriter&) = delete;

  /// Makes `path`, and the folders above it. Code::TooLarge when the place is full, Code::Invalid
  /// for a path that is no plain one or that is there already.
  [[nodiscard]] base::Result<void> file(std::string_view path, std::string_view bytes,
                                        bool executable);
  /// Makes a folder, and those above it; one that is there already is none of its business.
  [[nodiscard]] base::Result<void> folder(std::string_view path);

  [[nodiscard]] const Manifest& written() const { return written_; }

 private:
  base::Result<void> make_folders(std::string_view path);
  base::Result<void> write_file(const std::string& path, std::string_view bytes, bool executable);

  int directory_;
  std::optional<Owner> owner_;
  Manifest written_;
  std::set<std::string, std::less<>> folders_;
};

}  // namespace srasta::sandbox
