#include "git/tree.h"

#include "git/native.h"

#include <git2.h>

namespace srasta::git {
namespace {

EntryKind kind_of(git_filemode_t mode) {
  switch (mode) {
    case GIT_FILEMODE_TREE:
      return EntryKind::Folder;
    case GIT_FILEMODE_LINK:
      return EntryKind::Symlink;
    case GIT_FILEMODE_COMMIT:
      return EntryKind::Submodule;
    default:
      return EntryKind::File;
  }
}

Entry entry_of(const git_tree_entry* entry, std::string path) {
  const git_filemode_t mode = git_tree_entry_filemode(entry);
  return {.path = std::move(path),
          .kind = kind_of(mode),
          .mode = static_cast<uint32_t>(mode),
          .oid = hex(*git_tree_entry_id(entry))};
}

base::Result<OwnedTree> subtree(const Repository& repository, const git_tree* root,
                                std::string_view folder) {
  git_tree_entry* found = nullptr;
  const int code = git_tree_entry_bypath(&found, root, std::string(folder).c_str());
  if (code != 0) return last_error("find a folder", code);
  const OwnedEntry entry(found);
  git_tree* tree = nullptr;
  const int looked_up = git_tree_lookup(&tree, raw(repository), git_tree_entry_id(entry.get()));
  if (looked_up != 0) return last_error("read a folder", GIT_ENOTFOUND);
  return OwnedTree(tree);
}

struct Walker {
  std::string prefix;
  bool recursive;
  const std::function<Walk(const Entry&)>& visit;
};

int visit_entry(const char* root, const git_tree_entry* raw_entry, void* payload) {
  constexpr int kSkip = 1;
  const auto& walker = *static_cast<const Walker*>(payload);
  const Entry entry = entry_of(raw_entry, walker.prefix + root + git_tree_entry_name(raw_entry));
  const Walk next = walker.visit(entry);
  if (next == Walk::Stop) return GIT_EUSER;
  return next == Walk::SkipFolder || !walker.recursive ? kSkip : 0;
}

base::Result<OwnedBlob> find_blob(const Repository& repository, const Oid& oid) {
  SRASTA_TRY_ASSIGN(const git_oid id, parse_oid(oid));
  git_blob* blob = nullptr;
  const int code = git_blob_lookup(&blob, raw(repository), &id);
  if (code != 0) return last_error("read a file", code);
  return OwnedBlob(blob);
}

}  // namespace

base::Result<std::optional<Entry>> find_entry(const Repository& repository, const Oid& commit,
                                              std::string_view path) {
  SRASTA_TRY_ASSIGN(const OwnedTree root, tree_of(repository, commit));
  if (path.empty()) {
    return std::optional(Entry{.path = {},
                               .kind = EntryKind::Folder,
                               .mode = GIT_FILEMODE_TREE,
                               .oid = hex(*git_tree_id(root.get()))});
  }
  git_tree_entry* found = nullptr;
  const int code = git_tree_entry_bypath(&found, root.get(), std::string(path).c_str());
  if (code == GIT_ENOTFOUND) return std::optional<Entry>();
  if (code != 0) return last_error("find a path", code);
  const OwnedEntry entry(found);
  return std::optional(entry_of(entry.get(), std::string(path)));
}

base::Result<void> walk_tree(const Repository& repository, const Oid& commit,
                             std::string_view folder, bool recursive,
                             const std::function<Walk(const Entry&)>& visit) {
  SRASTA_TRY_ASSIGN(OwnedTree tree, tree_of(repository, commit));
  if (!folder.empty()) {
    SRASTA_TRY_ASSIGN(tree, subtree(repository, tree.get(), folder));
  }
  Walker walker{.prefix = folder.empty() ? "" : std::string(folder) + "/",
                .recursive = recursive,
                .visit = visit};
  const int code = git_tree_walk(tree.get(), GIT_TREEWALK_PRE, visit_entry, &walker);
  if (code == 0 || code == GIT_EUSER) return {};
  return last_error("walk a tree", code);
}

base::Result<uint64_t> blob_size(const Repository& repository, const Oid& oid) {
  SRASTA_TRY_ASSIGN(const git_oid id, parse_oid(oid));
  git_odb* opened = nullptr;
  if (const int code = git_repository_odb(&opened, raw(repository)); code != 0) {
    return last_error("open the objects", code);
  }
  const OwnedOdb objects(opened);
  size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  if (const int code = git_odb_read_header(&size, &type, objects.get(), &id); code != 0) {
    return last_error("read the size of a file", code);
  }
  return uint64_t{size};
}

base::Result<std::string> read_blob(const Repository& repository, const Oid& oid, size_t most) {
  SRASTA_TRY_ASSIGN(const uint64_t size, blob_size(repository, oid));
  if (size > most) return base::make_error(base::Code::TooLarge, "the file is too large");
  SRASTA_TRY_ASSIGN(const OwnedBlob blob, find_blob(repository, oid));
  return std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                     static_cast<size_t>(git_blob_rawsize(blob.get())));
}

}  // namespace srasta::git
