#pragma once

#include "git/repository.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::git {

enum class EntryKind : uint8_t { File, Folder, Symlink, Submodule };

struct Entry {
  std::string path;  ///< from the root, as git has it: any bytes but 0
  EntryKind kind = EntryKind::File;
  uint32_t mode = 0;
  Oid oid;
};

/// What becomes of an entry while a tree is walked.
enum class Walk : uint8_t { Continue, SkipFolder, Stop };

/// The entry at `path` of a commit's tree; an empty path is the root. Nothing if there is none.
[[nodiscard]] base::Result<std::optional<Entry>> find_entry(const Repository& repository,
                                                            const Oid& commit,
                                                            std::string_view path);

/// Calls `visit` for what lies in `folder` of a commit's tree, in git's order (folders before what
/// lies in them), folders included. Nothing for a folder that is none.
[[nodiscard]] base::Result<void> walk_tree(const Repository& repository, const Oid& commit,
                                           std::string_view folder, bool recursive,
                                           const std::function<Walk(const Entry&)>& visit);

/// The content of a file or the target of a symbolic link. Code::TooLarge above `most` bytes,
/// without having read it.
[[nodiscard]] base::Result<std::string> read_blob(const Repository& repository, const Oid& oid,
                                                  size_t most);
/// Its size in bytes.
[[nodiscard]] base::Result<uint64_t> blob_size(const Repository& repository, const Oid& oid);

}  // namespace srasta::git
