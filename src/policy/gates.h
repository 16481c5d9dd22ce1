#pragma once

#include "policy/arguments.h"
#include "policy/change.h"
#include "policy/judgement.h"
#include "policy/policy.h"

// Private to policy/: what each gate looks at. None: it lets the call pass.
namespace srasta::policy {

/// Finds the persona that the caller acts under.
[[nodiscard]] Reason check_persona(const Policy& policy, const Principal& principal,
                                   const Persona*& persona);
[[nodiscard]] Reason check_tool(const Policy& policy, const Principal& principal,
                                const Persona& persona, Tool tool);

/// What a rule is asked about.
struct RuleSubject {
  const Principal& principal;
  std::string_view persona;
  Tool tool = Tool::RepoList;
  const Repository* repository = nullptr;  ///< null: the call is about none
  const Arguments* arguments = nullptr;    ///< null: any
  base::WallTime now;
};
[[nodiscard]] bool applies(const Rule& rule, const RuleSubject& about);

/// By the names alone.
[[nodiscard]] Reason check_refs(const Repository& repository, Tool tool,
                                const Arguments& arguments);
[[nodiscard]] Reason check_written_ref(const Repository& repository, std::string_view full);
[[nodiscard]] Reason check_paths(const Repository& repository, Tool tool,
                                 const Arguments& arguments);
[[nodiscard]] Reason check_sizes(const Limits& limits, Tool tool, const Arguments& arguments);

[[nodiscard]] Reason check_changes(const Repository& repository, const Limits& limits,
                                   const Changes& changes);
[[nodiscard]] bool wants_approval(const ApprovalRule& rule, const Changes& changes);

}  // namespace srasta::policy
