#include "git/merge.h"

#include "git/native.h"

#include <git2.h>

namespace srasta::git {

base::Result<Divergence> compare_commits(const Repository& repository, const Oid& commit,
                                         const Oid& with) {
  SRASTA_TRY_ASSIGN(const git_oid one, parse_oid(commit));
  SRASTA_TRY_ASSIGN(const git_oid other, parse_oid(with));
  git_oid common{};
  int code = git_merge_base(&common, raw(repository), &one, &other);
  if (code == GIT_ENOTFOUND) return Divergence{};
  if (code != 0) return last_error("look for where two commits meet", code);
  Divergence found{.base = hex(common)};
  code = git_graph_ahead_behind(&found.ahead, &found.behind, raw(repository), &one, &other);
  if (code != 0) return last_error("count commits", code);
  return found;
}

}  // namespace srasta::git
