#pragma once

#include "json/document.h"
#include "policy/limits.h"
#include "policy/patch.h"
#include "policy/repo_path.h"
#include "tools/repository_view.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Private to tools/: what a patch, or edits, make of single files.
namespace srasta::tools {

/// What becomes of one path.
struct FileStep {
  policy::RepoPath path;
  std::optional<std::string> content = std::nullopt;  ///< without: it goes
  uint32_t mode = 0;
  std::vector<std::string> added = {};  ///< lines that the change brings
};

struct FileSteps {
  std::vector<FileStep> list;
  std::vector<policy::RepoPath> sources = {};  ///< of renames, copies and moves
};

[[nodiscard]] OrReason<FileSteps> steps_of_patch(const RepositoryView& view, const git::Oid& base,
                                                 std::string_view patch,
                                                 const policy::PatchLimits& limits);
[[nodiscard]] OrReason<FileSteps> steps_of_edits(const RepositoryView& view, const git::Oid& base,
                                                 json::Value edits,
                                                 const policy::PatchLimits& limits);

/// A file of the commit as a change finds it.
struct OldFile {
  std::string content;
  uint32_t mode = 0;
  git::Oid oid;
};
/// Nothing when there is none. PATH_SYMLINK where a link stands at the path or on its way,
/// PATCH_PARSE where a file does.
[[nodiscard]] OrReason<std::optional<OldFile>> find_file(const RepositoryView& view,
                                                         const git::Oid& base,
                                                         const policy::RepoPath& path);

}  // namespace srasta::tools
