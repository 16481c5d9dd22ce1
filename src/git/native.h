#pragma once

#include "base/result.h"
#include "git/repository.h"

#include <memory>
#include <string>
#include <string_view>

struct git_blame;
struct git_blob;
struct git_commit;
struct git_config;
struct git_diff;
struct git_object;
struct git_odb;
struct git_oid;  // NOLINT(readability-identifier-naming)
struct git_patch;
struct git_reference;
struct git_reference_iterator;
struct git_repository;
struct git_revwalk;
struct git_signature;  // NOLINT(readability-identifier-naming)
struct git_tree;
struct git_tree_entry;
struct git_treebuilder;

// Private to git/: libgit2 with owners.
namespace srasta::git {

/// Gives objects of libgit2 back to it.
struct Free {
  void operator()(git_blame* object) const;
  void operator()(git_blob* object) const;
  void operator()(git_commit* object) const;
  void operator()(git_config* object) const;
  void operator()(git_diff* object) const;
  void operator()(git_object* object) const;
  void operator()(git_odb* object) const;
  void operator()(git_patch* object) const;
  void operator()(git_reference* object) const;
  void operator()(git_reference_iterator* object) const;
  void operator()(git_repository* object) const;
  void operator()(git_revwalk* object) const;
  void operator()(git_signature* object) const;
  void operator()(git_tree* object) const;
  void operator()(git_tree_entry* object) const;
  void operator()(git_treebuilder* object) const;
};
using OwnedBlame = std::unique_ptr<git_blame, Free>;
using OwnedBlob = std::unique_ptr<git_blob, Free>;
using OwnedBuilder = std::unique_ptr<git_treebuilder, Free>;
using OwnedCommit = std::unique_ptr<git_commit, Free>;
using OwnedConfig = std::unique_ptr<git_config, Free>;
using OwnedDiff = std::unique_ptr<git_diff, Free>;
using OwnedObject = std::unique_ptr<git_object, Free>;
using OwnedOdb = std::unique_ptr<git_odb, Free>;
using OwnedPatch = std::unique_ptr<git_patch, Free>;
using OwnedReference = std::unique_ptr<git_reference, Free>;
using OwnedIterator = std::unique_ptr<git_reference_iterator, Free>;
using OwnedRepository = std::unique_ptr<git_repository, Free>;
using OwnedSignature = std::unique_ptr<git_signature, Free>;
using OwnedWalk = std::unique_ptr<git_revwalk, Free>;
using OwnedTree = std::unique_ptr<git_tree, Free>;
using OwnedEntry = std::unique_ptr<git_tree_entry, Free>;

struct Repository::Native {
  OwnedRepository repository;
};

/// Makes libgit2 ready, once in a process: no configuration of the host or its users counts.
void prepare_library();

/// The last failure of this thread: NotFound, Invalid, Denied, Conflict, Timeout after
/// `read_until`, else Io.
[[nodiscard]] base::Error last_error(std::string_view what, int code);

[[nodiscard]] Oid hex(const git_oid& oid);
/// Code::Invalid unless there are 40 hexadecimal digits.
[[nodiscard]] base::Result<git_oid> parse_oid(std::string_view hex);

[[nodiscard]] git_repository* raw(const Repository& repository);
[[nodiscard]] base::Result<OwnedOdb> objects_of(const Repository& repository);
[[nodiscard]] base::Result<OwnedCommit> find_commit(const Repository& repository, const Oid& oid);
[[nodiscard]] base::Result<OwnedTree> tree_of(const Repository& repository, const Oid& commit);

}  // namespace srasta::git
