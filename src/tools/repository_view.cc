#include "tools/repository_view.h"

#include "git/deadline.h"
#include "policy/evaluate.h"
#include "policy/repo_path.h"

namespace srasta::tools {

using policy::Reason;
using policy::Revision;

namespace {

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::string_view kTags = "refs/tags/";

}  // namespace

Reason reason_of(const base::Error& error) {
  switch (error.code) {
    case base::Code::NotFound:
      return Reason::NotFound;
    case base::Code::Denied:
      return Reason::RepoConfigTampered;
    case base::Code::Conflict:
      return Reason::RefStale;
    case base::Code::Timeout:
      return Reason::Timeout;
    default:
      return Reason::RepoUnavailable;
  }
}

OrReason<RepositoryView> RepositoryView::open(const policy::Repository& rules,
                                              const git::Registration& registration,
                                              base::Millis timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  auto repository = git::Repository::open(registration);
  if (repository) {
    if (const auto bound = git::read_until(*repository, deadline); !bound) {
      return std::unexpected(Reason::RepoUnavailable);
    }
    return RepositoryView(rules, *std::move(repository));
  }
  const bool tampered = repository.error().code == base::Code::Denied ||
                        repository.error().code == base::Code::NotFound;
  return std::unexpected(tampered ? Reason::RepoConfigTampered : Reason::RepoUnavailable);
}

bool RepositoryView::may_read(const git::Ref& ref) const {
  return policy::may_read_ref(*rules_, ref.name) && policy::may_read_ref(*rules_, ref.target);
}

OrReason<git::Oid> RepositoryView::readable_ref(std::string_view full) const {
  if (!policy::may_read_ref(*rules_, full)) return std::unexpected(Reason::RefNotAllowed);
  const auto found = repository_.find_ref(full);
  if (!found) return std::unexpected(reason_of(found.error()));
  const std::optional<git::Ref>& ref = *found;
  if (!ref) return std::unexpected(Reason::NotFound);
  if (!may_read(*ref)) return std::unexpected(Reason::RefNotAllowed);
  return ref->oid;
}

OrReason<git::Oid> RepositoryView::readable_commit(const git::Oid& oid) const {
  if (!repository_.is_commit(oid)) return std::unexpected(Reason::NotFound);
  const auto refs = repository_.refs();
  if (!refs) return std::unexpected(reason_of(refs.error()));
  std::vector<git::Oid> tips;
  for (const git::Ref& ref : *refs) {
    if (may_read(ref)) tips.push_back(ref.oid);
  }
  const auto reachable = repository_.is_reachable(oid, tips);
  if (!reachable) return std::unexpected(reason_of(reachable.error()));
  if (!*reachable) return std::unexpected(Reason::RefNotAllowed);
  return oid;
}

OrReason<git::Oid> RepositoryView::start_of(const Revision& revision) const {
  switch (revision.kind) {
    case Revision::Kind::Oid:
      return readable_commit(revision.name);
    case Revision::Kind::Full:
      return readable_ref(revision.name);
    case Revision::Kind::Head: {
      const auto head = repository_.head();
      if (!head) return std::unexpected(reason_of(head.error()));
      return readable_ref(*head);
    }
    case Revision::Kind::Short:
      break;
  }
  auto branch = readable_ref(std::string(kHeads) + revision.name);
  if (branch) return branch;
  auto tag = readable_ref(std::string(kTags) + revision.name);
  if (tag || branch.error() == Reason::NotFound) return tag;
  return branch;
}

OrReason<git::Oid> RepositoryView::resolve(std::string_view text) const {
  const auto revision = policy::parse_revision(text);
  if (!revision) return std::unexpected(revision.error());
  auto start = start_of(*revision);
  if (!start) return start;
  std::optional<git::Oid> at = *std::move(start);
  for (const policy::Ancestor& step : revision->ancestors) {
    auto next = step.kind == policy::Ancestor::Kind::Generations
                    ? repository_.ancestor(*at, step.count)
                    : repository_.parent(*at, step.count);
    if (!next) return std::unexpected(reason_of(next.error()));
    at = *std::move(next);
    if (!at) return std::unexpected(Reason::NotFound);
  }
  return *std::move(at);
}

OrReason<std::vector<git::Ref>> RepositoryView::branches() const {
  auto refs = repository_.refs();
  if (!refs) return std::unexpected(reason_of(refs.error()));
  std::erase_if(
      *refs, [&](const git::Ref& ref) { return !ref.name.starts_with(kHeads) || !may_read(ref); });
  return *std::move(refs);
}

std::string RepositoryView::default_branch() const {
  const auto head = repository_.head();
  if (!head || !head->starts_with(kHeads) || !policy::may_read_ref(*rules_, *head)) return {};
  return head->substr(kHeads.size());
}

bool RepositoryView::hides(std::string_view path) const {
  const auto parsed = policy::RepoPath::parse(path);
  return !parsed || policy::is_hidden(*rules_, *parsed);
}

bool RepositoryView::hides_folder(std::string_view path) const {
  const auto parsed = policy::RepoPath::parse(path);
  return !parsed || policy::is_hidden(*rules_, *parsed) || rules_->deny_read.denies_below(*parsed);
}

OrReason<git::Entry> RepositoryView::entry(const git::Oid& commit, std::string_view path) const {
  auto found = git::find_entry(repository_, commit, path);
  if (!found) return std::unexpected(reason_of(found.error()));
  std::optional<git::Entry> there = *std::move(found);
  if (!there) return std::unexpected(Reason::NotFound);
  return *std::move(there);
}

}  // namespace srasta::tools
