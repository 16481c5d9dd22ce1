#include "git/diff.h"

#include "git/native.h"
#include "git/tree.h"

#include <algorithm>
#include <git2.h>

namespace srasta::git {
namespace {

base::Result<OwnedTree> find_tree(const Repository& repository, const Oid& oid) {
  if (oid.empty()) return OwnedTree();
  SRASTA_TRY_ASSIGN(const git_oid id, parse_oid(oid));
  git_tree* tree = nullptr;
  const int code = git_tree_lookup(&tree, raw(repository), &id);
  if (code != 0) return last_error("read a tree", code);
  return OwnedTree(tree);
}

FileChange change_of(const git_diff_delta& delta) {
  const bool added = delta.status == GIT_DELTA_ADDED;
  const bool deleted = delta.status == GIT_DELTA_DELETED;
  FileChange change{.path = deleted ? delta.old_file.path : delta.new_file.path};
  if (!added) {
    change.old_mode = delta.old_file.mode;
    change.old_oid = hex(delta.old_file.id);
  }
  if (!deleted) {
    change.new_mode = delta.new_file.mode;
    change.new_oid = hex(delta.new_file.id);
  }
  return change;
}

/// The content to compare; nothing for what is no file, a gitlink or too large.
base::Result<std::string> content(const Repository& repository, const Oid& oid, size_t most,
                                  bool& binary) {
  if (oid.empty()) return std::string();
  auto text = read_blob(repository, oid, most);
  if (!text && text.error().code != base::Code::TooLarge &&
      text.error().code != base::Code::NotFound) {
    return std::move(text).error();
  }
  binary = binary || !text;
  return text ? *std::move(text) : std::string();
}

}  // namespace

base::Result<std::vector<FileChange>> compare_trees(const Repository& repository,
                                                    const Oid& old_tree, const Oid& new_tree) {
  SRASTA_TRY_ASSIGN(const OwnedTree before, find_tree(repository, old_tree));
  SRASTA_TRY_ASSIGN(const OwnedTree after, find_tree(repository, new_tree));
  git_diff_options options{};
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  // Nothing in a tree has a say in how it is compared: no attributes, no text conversion.
  options.flags =
      GIT_DIFF_INCLUDE_TYPECHANGE | GIT_DIFF_INCLUDE_TYPECHANGE_TREES | GIT_DIFF_SKIP_BINARY_CHECK;
  options.ignore_submodules = GIT_SUBMODULE_IGNORE_NONE;
  git_diff* made = nullptr;
  const int code =
      git_diff_tree_to_tree(&made, raw(repository), before.get(), after.get(), &options);
  if (code != 0) return last_error("compare trees", code);
  const OwnedDiff diff(made);
  std::vector<FileChange> changes;
  for (size_t i = 0; i < git_diff_num_deltas(diff.get()); ++i) {
    changes.push_back(change_of(*git_diff_get_delta(diff.get(), i)));
  }
  std::ranges::sort(changes, {}, &FileChange::path);
  return changes;
}

base::Result<Oid> tree_id(const Repository& repository, const Oid& commit) {
  SRASTA_TRY_ASSIGN(const OwnedTree tree, tree_of(repository, commit));
  return hex(*git_tree_id(tree.get()));
}

base::Result<TextDiff> compare_contents(const Repository& repository, const FileChange& change,
                                        unsigned context, size_t most) {
  TextDiff out;
  SRASTA_TRY_ASSIGN(const std::string before,
                    content(repository, change.old_oid, most, out.binary));
  SRASTA_TRY_ASSIGN(const std::string after, content(repository, change.new_oid, most, out.binary));
  if (out.binary) return out;
  git_diff_options options{};
  git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
  options.context_lines = context;
  options.id_abbrev = GIT_OID_HEXSZ;
  options.flags = GIT_DIFF_INDENT_HEURISTIC;
  git_patch* made = nullptr;
  const std::string& path = change.path;
  // Null stands for a file that is not there.
  const char* const old_text = change.old_oid.empty() ? nullptr : before.data();
  const char* const new_text = change.new_oid.empty() ? nullptr : after.data();
  const int code = git_patch_from_buffers(&made, old_text, before.size(), path.c_str(), new_text,
                                          after.size(), path.c_str(), &options);
  if (code != 0) return last_error("compare files", code);
  const OwnedPatch patch(made);
  if ((git_patch_get_delta(patch.get())->flags & GIT_DIFF_FLAG_BINARY) != 0) {
    out.binary = true;
    return out;
  }
  (void)git_patch_line_stats(nullptr, &out.added, &out.removed, patch.get());
  git_buf text = GIT_BUF_INIT;
  if (git_patch_to_buf(&text, patch.get()) == 0) out.patch.assign(text.ptr, text.size);
  git_buf_dispose(&text);
  return out;
}

}  // namespace srasta::git
