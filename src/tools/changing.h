#pragma once

#include "policy/arguments.h"
#include "policy/evaluate.h"
#include "tools/plan.h"
#include "tools/repository_view.h"

#include <optional>
#include <string>

namespace srasta::tools {

/// A call that would change a repository. Runs on a thread of the pool; everything outlives it.
struct ChangeCall {
  policy::Tool tool = policy::Tool::PatchApply;
  const policy::Repository& rules;
  const git::Registration& registration;
  const policy::Arguments& arguments;
  const policy::Judgement& judgement;  ///< so far
  std::string_view subject;            ///< the author of a commit
  std::string_view tenant;
  std::string_view decision;  ///< id, for the commit's message
  int64_t now = 0;            ///< seconds since 1970
};

/// What it would do, and what policy says of that.
struct Prepared {
  policy::Judgement judgement;
  std::string ref = {};    ///< that it writes, after symbolic ones were followed
  git::Oid expected = {};  ///< where it is; empty: it does not exist
  git::Oid target = {};    ///< where it goes; of commits once they are made
  bool is_done = false;    ///< nothing is left to be done
  std::optional<Plan> plan = std::nullopt;
  // Of a merge request: `ref` is its target, where it is `expected`; `target` is where its source
  // is.
  std::string source = {};  ///< full name
  int64_t commits = 0;      ///< that it has and `ref` has not
};

/// Without leaving a trace in the repository.
[[nodiscard]] OrReason<Prepared> prepare_change(const ChangeCall& call);

/// Whether a text may stand in a commit or a title: one of lines, without what a terminal obeys or
/// files may not hold.
[[nodiscard]] policy::Reason check_message(std::string_view text);

/// Makes it: the result, a JSON object. REF_STALE when the ref is not any more where it was.
[[nodiscard]] OrReason<std::string> make_change(const ChangeCall& call, Prepared& prepared);

/// The tool patch_check: the plan, and what policy would say; JSON.
[[nodiscard]] OrReason<std::string> check_patch(const ChangeCall& call);

}  // namespace srasta::tools
