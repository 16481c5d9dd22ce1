#pragma once

#include "git/repository.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::git {

/// Keeps what is written from now on in memory, until the `Repository` ends: what a change would
/// look like can be made and looked at without a trace.
[[nodiscard]] base::Result<void> quarantine(Repository& repository);

/// What becomes of one path; without content it goes.
struct TreeEdit {
  std::string path;
  std::optional<std::string> content = std::nullopt;
  uint32_t mode = 0;
};

/// Writes `base` (a tree, not empty) with these edits; only the folders on their ways are read.
/// Code::Conflict where a file would lie in a file, or a folder stands in the place of one.
[[nodiscard]] base::Result<Oid> write_tree(const Repository& repository, const Oid& base,
                                           const std::vector<TreeEdit>& edits);

struct CommitText {
  std::string author_name;
  std::string author_email;
  int64_t time = 0;  ///< seconds since 1970
  std::string message;
};
/// Writes a commit of `tree` upon `parent`, which no ref has yet.
[[nodiscard]] base::Result<Oid> write_commit(const Repository& repository, const Oid& tree,
                                             const Oid& parent, const CommitText& text);

/// Moves `full`, which is no symbolic ref, from `expected` to `next`: Code::Conflict when it is
/// somewhere else now. One of two that try it at once wins.
[[nodiscard]] base::Result<void> move_ref(const Repository& repository, std::string_view full,
                                          const Oid& expected, const Oid& next);
/// Code::Conflict when it exists.
[[nodiscard]] base::Result<void> create_ref(const Repository& repository, std::string_view full,
                                            const Oid& oid);
/// Code::Conflict when it is somewhere else now.
[[nodiscard]] base::Result<void> delete_ref(const Repository& repository, std::string_view full,
                                            const Oid& expected);

}  // namespace srasta::git
