#pragma once

#include "policy/fields.h"
#include "policy/policy.h"

#include <map>
#include <string>
#include <vector>

// Private to policy/: a document on its way to a policy. The parts are read in the order in which
// they are declared here, since later ones name earlier ones.
namespace srasta::policy {

struct Draft {
  explicit Draft(Problems& problems) : reader(problems) {}

  ValueReader reader;
  Policy policy;
  std::map<std::string, ToolSet, std::less<>> tool_sets;
  std::map<std::string, std::vector<Glob>, std::less<>> path_sets;
  std::vector<Field> examples;  ///< of all rules
};

/// Lowers `limits` by what `field` says; a value above what is there is a problem.
void read_limits(Draft& draft, const Field& field, Limits& limits);
void read_sandbox(Draft& draft, const Field& field);
void read_tool_sets(Draft& draft, const Field& field);
void read_path_sets(Draft& draft, const Field& field);
void read_roles(Draft& draft, const Field& field);
void read_personas(Draft& draft, const Field& field);
void read_commands(Draft& draft, const Field& field);
void read_repositories(Draft& draft, const Field& field);
void read_flows(Draft& draft, const Field& field);
void read_rules(Draft& draft, const Field& field);
/// Of the finished policy.
void check_examples(Draft& draft);

/// Names of tools, `*`, or `@set`.
[[nodiscard]] ToolSet read_tools(Draft& draft, const Field& field);
/// Patterns, or `@set`.
[[nodiscard]] GlobList read_globs(Draft& draft, const Field& field);
/// Roles that the policy has.
[[nodiscard]] std::vector<std::string> read_role_names(Draft& draft, const Field& field);
[[nodiscard]] Approvers read_approvers(Draft& draft, const Field& field);

}  // namespace srasta::policy
