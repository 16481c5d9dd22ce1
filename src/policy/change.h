#pragma once

#include "policy/repo_path.h"

#include <cstdint>
#include <vector>

namespace srasta::policy {

/// What one path of a commit becomes: an effect, by git's modes (0 where there is nothing).
struct Change {
  enum class Kind : uint8_t { Add, Modify, Delete };
  Kind kind = Kind::Modify;
  RepoPath path;
  uint32_t old_mode = 0;
  uint32_t new_mode = 0;
  int64_t size = 0;  ///< of the content afterwards
};

struct Changes {
  std::vector<Change> list;            ///< sorted by path, each path once
  std::vector<RepoPath> sources = {};  ///< what renames and copies read
  int64_t changed_lines = 0;
};

inline constexpr uint32_t kFileMode = 0100644;
inline constexpr uint32_t kExecutableMode = 0100755;
inline constexpr uint32_t kSymlinkMode = 0120000;
inline constexpr uint32_t kGitlinkMode = 0160000;

}  // namespace srasta::policy
