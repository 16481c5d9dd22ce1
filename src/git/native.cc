#include "git/native.h"

#include <array>
#include <git2.h>
#include <mutex>

namespace srasta::git {
namespace {

void prepare() {
  git_libgit2_init();
  // Files of the system and of users could make something run, or be read, by what they say.
  for (const git_config_level_t level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                                         GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  }
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1);
  git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
}

base::Code code_of(int code) {
  switch (code) {
    case GIT_ENOTFOUND:
      return base::Code::NotFound;
    case GIT_EINVALIDSPEC:
    case GIT_EINVALID:
      return base::Code::Invalid;
    case GIT_EOWNER:
      return base::Code::Denied;
    case GIT_ELOCKED:
    case GIT_EMODIFIED:
    case GIT_EEXISTS:
      return base::Code::Conflict;
    default:
      return base::Code::Io;
  }
}

}  // namespace

void Free::operator()(git_blame* object) const {
  git_blame_free(object);
}
void Free::operator()(git_blob* object) const {
  git_blob_free(object);
}
void Free::operator()(git_commit* object) const {
  git_commit_free(object);
}
void Free::operator()(git_config* object) const {
  git_config_free(object);
}
void Free::operator()(git_diff* object) const {
  git_diff_free(object);
}
void Free::operator()(git_object* object) const {
  git_object_free(object);
}
void Free::operator()(git_odb* object) const {
  git_odb_free(object);
}
void Free::operator()(git_patch* object) const {
  git_patch_free(object);
}
void Free::operator()(git_reference* object) const {
  git_reference_free(object);
}
void Free::operator()(git_reference_iterator* object) const {
  git_reference_iterator_free(object);
}
void Free::operator()(git_repository* object) const {
  git_repository_free(object);
}
void Free::operator()(git_revwalk* object) const {
  git_revwalk_free(object);
}
void Free::operator()(git_signature* object) const {
  git_signature_free(object);
}
void Free::operator()(git_tree* object) const {
  git_tree_free(object);
}
void Free::operator()(git_tree_entry* object) const {
  git_tree_entry_free(object);
}
void Free::operator()(git_treebuilder* object) const {
  git_treebuilder_free(object);
}

git_repository* raw(const Repository& repository) {
  return repository.native().repository.get();
}

base::Result<OwnedOdb> objects_of(const Repository& repository) {
  git_odb* opened = nullptr;
  const int code = git_repository_odb(&opened, raw(repository));
  if (code != 0) return last_error("open the objects", code);
  return OwnedOdb(opened);
}

void prepare_library() {
  static std::once_flag once;
  std::call_once(once, prepare);
}

base::Error last_error(std::string_view what, int code) {
  const git_error* const failure = git_error_last();
  std::string message(what);
  // Not everything in libgit2 passes the code on.
  const bool late = failure != nullptr && failure->klass == GIT_ERROR_CALLBACK;
  // What libgit2 says may name a path; it is for the operator's log.
  return base::make_error(late ? base::Code::Timeout : code_of(code), std::move(message),
                          failure == nullptr ? "" : failure->message);
}

Oid hex(const git_oid& oid) {
  std::array<char, GIT_OID_HEXSZ> digits{};
  git_oid_fmt(digits.data(), &oid);
  return {digits.data(), digits.size()};
}

base::Result<git_oid> parse_oid(std::string_view hex) {
  git_oid oid{};
  if (hex.size() != GIT_OID_HEXSZ || git_oid_fromstrn(&oid, hex.data(), hex.size()) != 0) {
    return base::make_error(base::Code::Invalid, "an object id has 40 hexadecimal digits");
  }
  return oid;
}

base::Result<OwnedCommit> find_commit(const Repository& repository, const Oid& oid) {
  SRASTA_TRY_ASSIGN(const git_oid id, parse_oid(oid));
  git_commit* commit = nullptr;
  if (const int code = git_commit_lookup(&commit, raw(repository), &id); code != 0) {
    return last_error("read a commit", code);
  }
  return OwnedCommit(commit);
}

base::Result<OwnedTree> tree_of(const Repository& repository, const Oid& oid) {
  SRASTA_TRY_ASSIGN(const OwnedCommit commit, find_commit(repository, oid));
  git_tree* tree = nullptr;
  if (const int code = git_commit_tree(&tree, commit.get()); code != 0) {
    return last_error("read a tree", code);
  }
  return OwnedTree(tree);
}

}  // namespace srasta::git
