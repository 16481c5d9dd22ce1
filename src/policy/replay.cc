#include "policy/replay.h"

#include "json/document.h"
#include "json/writer.h"
#include "policy/evaluate.h"

#include <algorithm>
#include <array>
#include <optional>

namespace srasta::policy {
namespace {

using Outcome = Replayed::Change;

/// What was refused before these, no policy would have let pass.
constexpr std::array kNotByPolicy = {
    Reason::ToolUnknown,     Reason::ToolDisabled,      Reason::ArgSchema,
    Reason::ArgUnknownField, Reason::ScopeInsufficient, Reason::DelegationWidens,
    Reason::TenantMismatch,  Reason::RateLimit,         Reason::Concurrency,
    Reason::KillSwitch,      Reason::PolicyStale,       Reason::AuditUnavailable,
    Reason::RepoNotAllowed};
constexpr std::array kByThese = {Reason::PersonaMissing, Reason::PersonaNotGranted,
                                 Reason::PersonaTool,    Reason::RoleTool,
                                 Reason::DefaultDeny,    Reason::RuleDeny};

template <size_t kCount>
bool is_one_of(const std::array<Reason, kCount>& reasons, Reason reason) {
  return std::ranges::find(reasons, reason) != reasons.end();
}

bool looks_at_arguments(const Policy& policy, Tool tool) {
  return std::ranges::any_of(policy.rules, [&](const Rule& rule) {
    return !rule.shadow && rule.tools.contains(tool) && !rule.arguments.empty();
  });
}

Judgement judge(const Policy& policy, const RecordedCall& call, Tool tool) {
  const Principal principal{.subject = "somebody",
                            .tenant = policy.tenant,
                            .roles = call.roles,
                            .personas = {call.persona},
                            .permissions = access::PermissionSet::everything()};
  json::Writer writer;
  writer.begin_object();
  if (!call.repository.empty()) writer.member("repo", call.repository);
  const auto arguments = json::Document::parse(writer.end_object().take());
  if (!arguments) return {};
  return judge_call(policy, {.tool = tool, .principal = principal, .now = call.at, .partial = true},
                    arguments->root());
}

}  // namespace

Replayed replay(const Policy& policy, const RecordedCall& call) {
  const auto tool = find_tool(call.tool);
  const auto before = find_reason(call.why);
  if (!tool || !before || is_one_of(kNotByPolicy, *before) || call.persona.empty() ||
      looks_at_arguments(policy, *tool)) {
    return {};
  }
  const Judgement now = judge(policy, call, *tool);
  const bool was_refused = is_one_of(kByThese, *before);
  if (was_refused) return {.change = now.denied() ? Outcome::None : Outcome::GoesOn};
  // What a later gate refused is refused all the same.
  if (*before != Reason::None) return {.change = Outcome::None};
  if (now.denied()) return {.change = Outcome::Refused, .reason = now.reason};
  return {.change = now.effect == Effect::Ask ? Outcome::Asks : Outcome::None};
}

}  // namespace srasta::policy
