#pragma once

#include "git/repository.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::git {

/// What one path became. A rename is a deletion and an addition.
struct FileChange {
  std::string path;
  uint32_t old_mode = 0;  ///< 0: it was not there
  uint32_t new_mode = 0;  ///< 0: it is not there any more
  Oid old_oid = {};
  Oid new_oid = {};
};

/// What differs between two trees, sorted by path. Empty ids stand for an empty tree.
[[nodiscard]] base::Result<std::vector<FileChange>> compare_trees(const Repository& repository,
                                                                  const Oid& old_tree,
                                                                  const Oid& new_tree);

/// The tree of a commit.
[[nodiscard]] base::Result<Oid> tree_id(const Repository& repository, const Oid& commit);

struct TextDiff {
  bool binary = false;
  size_t added = 0;  ///< lines
  size_t removed = 0;
  std::string patch = {};  ///< in git's format, any bytes; empty for a binary file
};
/// How the contents of one path differ. Files above `most` bytes count as binary.
[[nodiscard]] base::Result<TextDiff> compare_contents(const Repository& repository,
                                                      const FileChange& change, unsigned context,
                                                      size_t most);

}  // namespace srasta::git
