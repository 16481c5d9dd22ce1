#include "git/stage.h"

#include "git/native.h"

#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>

namespace srasta::git {
namespace {

constexpr int kFirst = 1000;  // before the backends of the folder
constexpr const char* kCommitter = "Srasta tool gateway";
constexpr const char* kCommitterAddress = "tools@srasta.invalid";
constexpr const char* kLogMessage = "srasta tool gateway";

base::Result<git_oid> write_blob(const Repository& repository, const std::string& content) {
  git_oid id{};
  const int code =
      git_blob_create_from_buffer(&id, raw(repository), content.data(), content.size());
  if (code != 0) return last_error("write a file", code);
  return id;
}

base::Result<OwnedReference> direct_ref(const Repository& repository, std::string_view full,
                                        const Oid& expected) {
  git_reference* found = nullptr;
  const int code = git_reference_lookup(&found, raw(repository), std::string(full).c_str());
  if (code == GIT_ENOTFOUND) return base::make_error(base::Code::Conflict, "the ref is gone");
  if (code != 0) return last_error("read a ref", code);
  OwnedReference reference(found);
  const git_oid* const at = git_reference_target(reference.get());
  if (at == nullptr || hex(*at) != expected) {
    return base::make_error(base::Code::Conflict, "the ref is somewhere else");
  }
  return reference;
}

/// What logs of refs say moved them.
void set_identity(const Repository& repository) {
  (void)git_repository_set_ident(raw(repository), kCommitter, kCommitterAddress);
}

}  // namespace

base::Result<void> quarantine(Repository& repository) {
  SRASTA_TRY_ASSIGN(const OwnedOdb objects, objects_of(repository));
  git_odb_backend* memory = nullptr;
  int code = git_mempack_new(&memory);
  if (code != 0) return last_error("make room in memory", code);
  code = git_odb_add_backend(objects.get(), memory, kFirst);
  if (code != 0) return last_error("make room in memory", code);
  return {};
}

base::Result<Oid> write_tree(const Repository& repository, const Oid& base,
                             const std::vector<TreeEdit>& edits) {
  SRASTA_TRY_ASSIGN(const git_oid base_id, parse_oid(base));
  git_tree* looked_up = nullptr;
  int code = git_tree_lookup(&looked_up, raw(repository), &base_id);
  if (code != 0) return last_error("read a tree", code);
  const OwnedTree tree(looked_up);
  std::vector<git_tree_update> updates;
  for (const TreeEdit& edit : edits) {
    git_tree_update update{};
    update.path = edit.path.c_str();
    update.action = edit.content ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
    if (edit.content) {
      SRASTA_TRY_ASSIGN(update.id, write_blob(repository, *edit.content));
      update.filemode = static_cast<git_filemode_t>(edit.mode);
    }
    updates.push_back(update);
  }
  git_oid made{};
  code =
      git_tree_create_updated(&made, raw(repository), tree.get(), updates.size(), updates.data());
  if (code != 0) {
    base::Error error = last_error("write a tree", code);
    if (error.code == base::Code::Io || error.code == base::Code::NotFound) {
      error.code = base::Code::Conflict;
    }
    return error;
  }
  return hex(made);
}

base::Result<Oid> write_commit(const Repository& repository, const Oid& tree, const Oid& parent,
                               const CommitText& text) {
  SRASTA_TRY_ASSIGN(const git_oid tree_id, parse_oid(tree));
  SRASTA_TRY_ASSIGN(const OwnedCommit parent_commit, find_commit(repository, parent));
  git_tree* looked_up = nullptr;
  int code = git_tree_lookup(&looked_up, raw(repository), &tree_id);
  if (code != 0) return last_error("read a tree", code);
  const OwnedTree owned(looked_up);
  git_signature* author = nullptr;
  git_signature* committer = nullptr;
  code =
      git_signature_new(&author, text.author_name.c_str(), text.author_email.c_str(), text.time, 0);
  if (code != 0) return last_error("name the author", code);
  const OwnedSignature author_owner(author);
  code = git_signature_new(&committer, kCommitter, kCommitterAddress, text.time, 0);
  if (code != 0) return last_error("name the committer", code);
  const OwnedSignature committer_owner(committer);
  const git_commit* parents[] = {parent_commit.get()};
  git_oid made{};
  code = git_commit_create(&made, raw(repository), nullptr, author, committer, "UTF-8",
                           text.message.c_str(), owned.get(), 1, parents);
  if (code != 0) return last_error("write a commit", code);
  return hex(made);
}

base::Result<void> move_ref(const Repository& repository, std::string_view full,
                            const Oid& expected, const Oid& next) {
  SRASTA_TRY_ASSIGN(const git_oid from, parse_oid(expected));
  SRASTA_TRY_ASSIGN(const git_oid to, parse_oid(next));
  SRASTA_TRY(direct_ref(repository, full, expected));
  set_identity(repository);
  git_reference* moved = nullptr;
  const int code = git_reference_create_matching(&moved, raw(repository), std::string(full).c_str(),
                                                 &to, 1, &from, kLogMessage);
  if (code != 0) return last_error("move a ref", code);
  const OwnedReference owner(moved);
  return {};
}

base::Result<void> create_ref(const Repository& repository, std::string_view full, const Oid& oid) {
  SRASTA_TRY_ASSIGN(const git_oid id, parse_oid(oid));
  set_identity(repository);
  git_reference* made = nullptr;
  // Under the ref's lock: zeros stand for a ref that does not exist.
  const git_oid none{};
  const int code = git_reference_create_matching(&made, raw(repository), std::string(full).c_str(),
                                                 &id, 0, &none, kLogMessage);
  if (code != 0) return last_error("make a ref", code);
  const OwnedReference owner(made);
  return {};
}

base::Result<void> delete_ref(const Repository& repository, std::string_view full,
                              const Oid& expected) {
  SRASTA_TRY_ASSIGN(const OwnedReference reference, direct_ref(repository, full, expected));
  const int code = git_reference_delete(reference.get());
  if (code != 0) return last_error("remove a ref", code);
  return {};
}

}  // namespace srasta::git
