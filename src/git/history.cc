#include "git/history.h"

#include "git/native.h"
#include "git/tree.h"

#include <git2.h>

namespace srasta::git {
namespace {

Person person_of(const git_signature* signature) {
  if (signature == nullptr) return {};
  return {.name = signature->name, .email = signature->email, .time = signature->when.time};
}

Commit commit_of(git_commit* commit) {
  Commit out{.oid = hex(*git_commit_id(commit)),
             .tree = hex(*git_commit_tree_id(commit)),
             .parents = {},
             .author = person_of(git_commit_author(commit)),
             .committer = person_of(git_commit_committer(commit)),
             .message = git_commit_message(commit)};
  for (unsigned i = 0; i < git_commit_parentcount(commit); ++i) {
    out.parents.push_back(hex(*git_commit_parent_id(commit, i)));
  }
  return out;
}

base::Result<Oid> oid_at(const Repository& repository, const Oid& commit, std::string_view path) {
  SRASTA_TRY_ASSIGN(const auto entry, find_entry(repository, commit, path));
  return entry ? entry->oid + std::to_string(entry->mode) : Oid();
}

base::Result<bool> changed_path(const Repository& repository, const Commit& commit,
                                std::string_view path) {
  SRASTA_TRY_ASSIGN(const Oid now, oid_at(repository, commit.oid, path));
  if (commit.parents.empty()) return !now.empty();
  SRASTA_TRY_ASSIGN(const Oid before, oid_at(repository, commit.parents.front(), path));
  return now != before;
}

base::Result<OwnedWalk> walk_from(const Repository& repository, const Oid& from) {
  SRASTA_TRY_ASSIGN(const git_oid id, parse_oid(from));
  git_revwalk* started = nullptr;
  int code = git_revwalk_new(&started, raw(repository));
  if (code != 0) return last_error("walk commits", code);
  OwnedWalk walk(started);
  git_revwalk_sorting(walk.get(), GIT_SORT_TIME | GIT_SORT_TOPOLOGICAL);
  code = git_revwalk_push(walk.get(), &id);
  if (code != 0) return last_error("walk commits", code);
  return walk;
}

}  // namespace

base::Result<Commit> read_commit(const Repository& repository, const Oid& oid) {
  SRASTA_TRY_ASSIGN(const OwnedCommit commit, find_commit(repository, oid));
  return commit_of(commit.get());
}

base::Result<Log> read_log(const Repository& repository, const Oid& from, const LogQuery& query) {
  SRASTA_TRY_ASSIGN(const OwnedWalk walk, walk_from(repository, from));
  Log log;
  git_oid id{};
  size_t visited = 0;
  while (true) {
    const int found = git_revwalk_next(&id, walk.get());
    if (found == GIT_ITEROVER) break;
    if (found != 0) return last_error("walk commits", found);
    if (log.commits.size() == query.most || ++visited > query.most_visited) {
      log.truncated = true;
      break;
    }
    SRASTA_TRY_ASSIGN(Commit commit, read_commit(repository, hex(id)));
    const int64_t time = commit.committer.time;
    if ((query.since && time < *query.since) || (query.until && time > *query.until)) continue;
    if (!query.path.empty()) {
      SRASTA_TRY_ASSIGN(const bool changed, changed_path(repository, commit, query.path));
      if (!changed) continue;
    }
    log.commits.push_back(std::move(commit));
  }
  return log;
}

base::Result<std::vector<BlameHunk>> blame(const Repository& repository, const Oid& commit,
                                           std::string_view path) {
  SRASTA_TRY_ASSIGN(const auto entry, find_entry(repository, commit, path));
  if (!entry || entry->kind != EntryKind::File) {
    return base::make_error(base::Code::NotFound, "there is no such file");
  }
  git_blame_options options{};
  git_blame_options_init(&options, GIT_BLAME_OPTIONS_VERSION);
  SRASTA_TRY_ASSIGN(options.newest_commit, parse_oid(commit));
  git_blame* made = nullptr;
  const int code = git_blame_file(&made, raw(repository), std::string(path).c_str(), &options);
  if (code != 0) return last_error("blame a file", code);
  const OwnedBlame result(made);
  std::vector<BlameHunk> hunks;
  for (uint32_t i = 0; i < git_blame_get_hunk_count(result.get()); ++i) {
    const git_blame_hunk* const hunk = git_blame_get_hunk_byindex(result.get(), i);
    hunks.push_back({.first_line = hunk->final_start_line_number,
                     .lines = hunk->lines_in_hunk,
                     .commit = hex(hunk->final_commit_id),
                     .author = person_of(hunk->final_signature)});
  }
  return hunks;
}

}  // namespace srasta::git
