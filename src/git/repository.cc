#include "git/repository.h"

#include "git/native.h"

#include <algorithm>
#include <git2.h>
#include <string>

namespace srasta::git {
namespace {

/// Follows `reference` to a commit; nothing when it leads to none.
base::Result<std::optional<Ref>> follow(const git_reference* reference) {
  git_reference* resolved = nullptr;
  const int code = git_reference_resolve(&resolved, reference);
  if (code == GIT_ENOTFOUND) return std::optional<Ref>();
  if (code != 0) return last_error("follow a ref", code);
  const OwnedReference target(resolved);
  git_object* peeled = nullptr;
  const int peel = git_reference_peel(&peeled, target.get(), GIT_OBJECT_COMMIT);
  if (peel == GIT_ENOTFOUND || peel == GIT_EPEEL || peel == GIT_EINVALIDSPEC) {
    return std::optional<Ref>();
  }
  if (peel != 0) return last_error("read what a ref leads to", peel);
  const OwnedObject commit(peeled);
  return std::optional(Ref{.name = git_reference_name(reference),
                           .target = git_reference_name(target.get()),
                           .oid = hex(*git_object_id(commit.get()))});
}

}  // namespace

Repository::Repository(std::unique_ptr<Native> native) : native_(std::move(native)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

base::Result<Repository> Repository::open(const Registration& registration) {
  SRASTA_TRY_ASSIGN(const Registration now, register_repository(registration.folder));
  const bool same = now.device == registration.device && now.inode == registration.inode &&
                    now.config_digest == registration.config_digest;
  if (!same) {
    return base::make_error(base::Code::Denied,
                            registration.folder + " is not the repository of the policy any more");
  }
  git_repository* opened = nullptr;
  const int code = git_repository_open_ext(
      &opened, registration.folder.c_str(),
      GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE | GIT_REPOSITORY_OPEN_NO_DOTGIT,
      nullptr);
  if (code != 0) return last_error("open " + registration.folder, code);
  auto native = std::make_unique<Native>();
  native->repository.reset(opened);
  return Repository(std::move(native));
}

base::Result<std::optional<Ref>> Repository::find_ref(std::string_view full) const {
  git_reference* found = nullptr;
  const int code = git_reference_lookup(&found, raw(*this), std::string(full).c_str());
  if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC) return std::optional<Ref>();
  if (code != 0) return last_error("read a ref", code);
  const OwnedReference reference(found);
  return follow(reference.get());
}

base::Result<std::string> Repository::head() const {
  git_reference* found = nullptr;
  const int code = git_reference_lookup(&found, raw(*this), "HEAD");
  if (code != 0) return last_error("read HEAD", code);
  const OwnedReference reference(found);
  const char* const target = git_reference_symbolic_target(reference.get());
  if (target == nullptr) return base::make_error(base::Code::Corrupt, "HEAD names no branch");
  return std::string(target);
}

base::Result<std::vector<Ref>> Repository::refs() const {
  git_reference_iterator* started = nullptr;
  const int code = git_reference_iterator_new(&started, raw(*this));
  if (code != 0) return last_error("list refs", code);
  const OwnedIterator iterator(started);
  std::vector<Ref> refs;
  while (true) {
    git_reference* next = nullptr;
    const int found = git_reference_next(&next, iterator.get());
    if (found == GIT_ITEROVER) break;
    if (found != 0) return last_error("list refs", found);
    const OwnedReference reference(next);
    SRASTA_TRY_ASSIGN(std::optional<Ref> ref, follow(reference.get()));
    if (!ref) continue;
    refs.push_back(*std::move(ref));
  }
  std::ranges::sort(refs, {}, &Ref::name);
  return refs;
}

bool Repository::is_commit(const Oid& oid) const {
  return find_commit(*this, oid).ok();
}

base::Result<std::optional<Oid>> Repository::ancestor(const Oid& commit,
                                                      unsigned generations) const {
  std::optional<Oid> at = commit;
  for (unsigned i = 0; i < generations && at; ++i) {
    SRASTA_TRY_ASSIGN(at, parent(*at, 1));
  }
  return at;
}

base::Result<std::optional<Oid>> Repository::parent(const Oid& commit, unsigned number) const {
  SRASTA_TRY_ASSIGN(const OwnedCommit object, find_commit(*this, commit));
  if (number == 0) return std::optional(commit);
  const git_oid* const id = git_commit_parent_id(object.get(), number - 1);
  return id == nullptr ? std::optional<Oid>() : std::optional(hex(*id));
}

base::Result<bool> Repository::is_reachable(const Oid& commit, const std::vector<Oid>& tips) const {
  if (std::ranges::find(tips, commit) != tips.end()) return true;
  SRASTA_TRY_ASSIGN(const git_oid id, parse_oid(commit));
  std::vector<git_oid> from;
  for (const Oid& tip : tips) {
    SRASTA_TRY_ASSIGN(const git_oid parsed, parse_oid(tip));
    from.push_back(parsed);
  }
  if (from.empty()) return false;
  const int found = git_graph_reachable_from_any(raw(*this), &id, from.data(), from.size());
  if (found < 0) return last_error("walk commits", found);
  return found == 1;
}

}  // namespace srasta::git
