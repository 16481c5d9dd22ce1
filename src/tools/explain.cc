#include "tools/explain.h"

#include "policy/evaluate.h"
#include "tools/describe.h"

#include <algorithm>

namespace srasta::tools {
namespace {

/// The principal that somebody with policy.admin asks about. Who has which role is not known here,
/// so it has those that the persona asks for.
policy::Principal asked_about(const policy::Policy& policy, const policy::Arguments& arguments,
                              const policy::Principal& asking) {
  policy::Principal principal = asking;
  const auto subject = arguments.text("subject");
  const auto persona = arguments.text("persona");
  if (persona) principal.personas = {std::string(*persona)};
  if (!subject || *subject == asking.subject) return principal;
  principal.subject = *subject;
  principal.permissions = access::kToolPermissions;
  const policy::Persona* const known = persona ? policy.persona(*persona) : nullptr;
  principal.roles = known != nullptr ? known->requires_roles : std::vector<std::string>{};
  return principal;
}

bool asks_about_somebody_else(const policy::Arguments& arguments, const policy::Principal& asking) {
  const auto subject = arguments.text("subject");
  const auto persona = arguments.text("persona");
  const bool own_persona =
      !persona || std::ranges::find(asking.personas, *persona) != asking.personas.end();
  return (subject && *subject != asking.subject) || !own_persona;
}

}  // namespace

Result explain(const Call& call) {
  const policy::Policy& policy = call.policy->policy;
  const auto arguments = arguments_of(call);
  if (!arguments) return std::unexpected(policy::Reason::ArgSchema);
  const bool admin = call.caller.permissions().contains(access::Permission::PolicyAdmin);
  if (!admin && asks_about_somebody_else(*arguments, call.principal)) {
    return std::unexpected(policy::Reason::ScopeInsufficient);
  }
  const auto tool = policy::find_tool(arguments->text("tool").value_or(""));
  if (!tool) return std::unexpected(policy::Reason::ToolUnknown);
  const auto none = json::Document::parse("{}");
  const auto asked = arguments->value("args");
  const policy::Principal principal = asked_about(policy, *arguments, call.principal);
  const policy::Judgement judgement = policy::judge_call(
      policy, {.tool = *tool, .principal = principal, .now = call.now, .partial = true},
      asked ? *asked : none->root());
  return judgement_json(judgement, admin);
}

}  // namespace srasta::tools
