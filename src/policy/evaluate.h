#pragma once

#include "json/document.h"
#include "policy/arguments.h"
#include "policy/change.h"
#include "policy/judgement.h"
#include "policy/policy.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// How a call is judged (docs/tools.md): any deny beats any ask, any ask beats any allow, and
// without an allow it is denied. Pure and total: the same policy, call and time give the same
// answer, whatever the order of rules. A denied judgement stays denied in every later step.
namespace srasta::policy {

struct CallFacts {
  Tool tool = Tool::RepoList;
  const Principal& principal;
  base::WallTime now;
  /// Only to be explained: what is missing does not decide.
  bool partial = false;
};

/// Everything that can be said before a repository is looked at: persona, role and scope,
/// arguments, repository, rules, the names of refs, paths, the command's parameters, sizes.
/// `arguments` outlive the judgement. The argument's fault is told in `fault` if there is one.
[[nodiscard]] Judgement judge_call(const Policy& policy, const CallFacts& call,
                                   json::Value arguments,
                                   std::optional<Arguments::Fault>* fault = nullptr);

/// A write goes to this ref, which a symbolic one may have led to. `full`: refs/...
void judge_written_ref(Judgement& judgement, std::string_view full);

/// What the planned change does. The judgement has a repository.
void judge_changes(Judgement& judgement, const Changes& changes);

/// Where the call would write, after what was read in the same task.
void judge_flow(Judgement& judgement, const Policy& policy, std::optional<Label> read);

/// Denies for a reason that a plane found out.
void deny(Judgement& judgement, Gate gate, Reason reason);

/// Whether `full` may be read, by the repository's lists.
[[nodiscard]] bool may_read_ref(const Repository& repository, std::string_view full);
/// Whether nobody is shown `path`.
[[nodiscard]] bool is_hidden(const Repository& repository, const RepoPath& path);

/// What the caller may call now: in the order of the tools.
[[nodiscard]] ToolSet tools_of(const Policy& policy, const Principal& principal,
                               base::WallTime now);
/// The repositories that the caller is told of, in the order of their ids.
[[nodiscard]] std::vector<const Repository*> repositories_of(const Policy& policy,
                                                             const Principal& principal,
                                                             base::WallTime now);

}  // namespace srasta::policy
