#include "policy/evaluate.h"

#include "policy/command_line.h"
#include "policy/gates.h"

#include <algorithm>
#include <array>

namespace srasta::policy {
namespace {

void pass(Judgement& judgement, Gate gate, std::vector<std::string> rules = {}) {
  judgement.steps.push_back({.gate = gate, .rules = std::move(rules)});
}

void ask(Judgement& judgement, Gate gate, const std::string& rule, const Approvers& approvers,
         base::Seconds ttl) {
  if (judgement.denied()) return;
  judgement.effect = Effect::Ask;
  judgement.reason = Reason::ApprovalRequired;
  judgement.rules.push_back(rule);
  judgement.approvers.push_back(approvers);
  judgement.ttl = judgement.ttl.count() == 0 ? ttl : std::min(judgement.ttl, ttl);
  judgement.steps.push_back(
      {.gate = gate, .outcome = Effect::Ask, .reason = Reason::ApprovalRequired, .rules = {rule}});
}

/// Goes on only while nothing has refused.
bool allows(Judgement& judgement, Gate gate, Reason found) {
  if (found == Reason::None) {
    pass(judgement, gate);
    return true;
  }
  deny(judgement, gate, found);
  return false;
}

/// What the rules say together. `about.repository` is null for a call about none.
bool weigh_rules(Judgement& judgement, const Policy& policy, const RuleSubject& about) {
  std::vector<const Rule*> asking;
  std::vector<std::string> allowing;
  std::vector<std::string> denying;
  for (const Rule& rule : policy.rules) {
    if (!applies(rule, about)) continue;
    if (rule.shadow) {
      judgement.shadow_rules.push_back(rule.id);
    } else if (rule.effect == Effect::Deny) {
      denying.push_back(rule.id);
    } else if (rule.effect == Effect::Ask) {
      asking.push_back(&rule);
    } else {
      allowing.push_back(rule.id);
    }
  }
  std::ranges::sort(judgement.shadow_rules);
  if (!denying.empty() || (allowing.empty() && asking.empty())) {
    deny(judgement, Gate::Rules, denying.empty() ? Reason::DefaultDeny : Reason::RuleDeny);
    std::ranges::sort(denying);
    judgement.rules = judgement.steps.back().rules = std::move(denying);
    return false;
  }
  judgement.effect = Effect::Allow;
  judgement.reason = Reason::None;
  std::ranges::sort(allowing);
  judgement.rules = allowing;
  pass(judgement, Gate::Rules, std::move(allowing));
  std::ranges::sort(asking, {}, &Rule::id);
  for (const Rule* const rule : asking) {
    ask(judgement, Gate::Rules, rule->id, rule->approvers, rule->ttl);
  }
  return true;
}

/// Whether the caller hears of the repository that the call is about.
bool is_told_of(const Policy& policy, const RuleSubject& about) {
  if (about.repository == nullptr) return true;
  Judgement judgement;
  return weigh_rules(judgement, policy,
                     {.principal = about.principal,
                      .persona = about.persona,
                      .tool = Tool::RepoList,
                      .repository = about.repository,
                      .arguments = nullptr,
                      .now = about.now});
}

bool judge_subject(Judgement& judgement, const Policy& policy, const CallFacts& call) {
  const Reason persona = check_persona(policy, call.principal, judgement.persona);
  if (!allows(judgement, Gate::Persona, persona)) return false;
  judgement.limits = narrower(policy.limits, judgement.persona->limits);
  return allows(judgement, Gate::RoleAndScope,
                check_tool(policy, call.principal, *judgement.persona, call.tool));
}

bool judge_repository(Judgement& judgement, const Policy& policy, const Arguments& arguments,
                      Tool tool) {
  const Argument* const known = facts_of(tool).argument_that(Means::Repository);
  if (known == nullptr) return true;
  if (!arguments.text(known->name)) return true;
  judgement.repository = policy.repository(arguments.text(known->name).value_or(""));
  const bool found = judgement.repository != nullptr;
  if (found) judgement.limits = narrower(judgement.limits, judgement.repository->limits);
  return allows(judgement, Gate::Repository, found ? Reason::None : Reason::RepoNotAllowed);
}

/// What the arguments say besides, each by what it means.
void judge_arguments(Judgement& judgement, const Policy& policy, const CallFacts& call,
                     const Arguments& arguments) {
  if (judgement.repository == nullptr) return;
  const Repository& repository = *judgement.repository;
  if (!allows(judgement, Gate::Ref, check_refs(repository, call.tool, arguments))) return;
  if (!allows(judgement, Gate::Path, check_paths(repository, call.tool, arguments))) return;
  const Reason command = check_command(policy, repository, call.tool, arguments, judgement.command);
  if (!allows(judgement, Gate::Command, command)) return;
  (void)allows(judgement, Gate::Size, check_sizes(judgement.limits, call.tool, arguments));
}

}  // namespace

std::string_view to_string(Gate gate) {
  constexpr std::array<std::string_view, 14> kNames = {
      "switches", "persona", "role", "arguments", "repository", "rules", "ref",
      "path",     "command", "size", "plan",      "effects",    "flow",  "approval"};
  return kNames[static_cast<size_t>(gate)];
}

void deny(Judgement& judgement, Gate gate, Reason reason) {
  judgement.steps.push_back({.gate = gate, .outcome = Effect::Deny, .reason = reason});
  judgement.effect = Effect::Deny;
  judgement.reason = reason;
  judgement.rules.clear();
  judgement.approvers.clear();
}

Judgement judge_call(const Policy& policy, const CallFacts& call, json::Value object,
                     std::optional<Arguments::Fault>* fault) {
  Judgement judgement{.limits = policy.limits};
  if (!allows(judgement, Gate::Switches,
              call.now > policy.not_after ? Reason::PolicyStale : Reason::None)) {
    return judgement;
  }
  if (!judge_subject(judgement, policy, call)) return judgement;
  using Missing = Arguments::Missing;
  const auto arguments =
      Arguments::read(call.tool, object, call.partial ? Missing::Allowed : Missing::Refused);
  if (!arguments) {
    deny(judgement, Gate::Arguments, arguments.error().reason);
    if (fault != nullptr) *fault = arguments.error();
    return judgement;
  }
  pass(judgement, Gate::Arguments);
  if (!judge_repository(judgement, policy, *arguments, call.tool)) return judgement;
  const RuleSubject about{.principal = call.principal,
                          .persona = judgement.persona->name,
                          .tool = call.tool,
                          .repository = judgement.repository,
                          .arguments = &*arguments,
                          .now = call.now};
  if (!weigh_rules(judgement, policy, about)) {
    judgement.masked = !is_told_of(policy, about);
    return judgement;
  }
  judge_arguments(judgement, policy, call, *arguments);
  return judgement;
}

void judge_written_ref(Judgement& judgement, std::string_view full) {
  if (judgement.denied()) return;
  (void)allows(judgement, Gate::Ref, check_written_ref(*judgement.repository, full));
}

void judge_changes(Judgement& judgement, const Changes& changes) {
  if (judgement.denied()) return;
  const Repository& repository = *judgement.repository;
  if (!allows(judgement, Gate::Effects, check_changes(repository, judgement.limits, changes))) {
    return;
  }
  for (const ApprovalRule& rule : repository.approvals) {
    if (wants_approval(rule, changes)) {
      ask(judgement, Gate::Approval, rule.id, rule.approvers, rule.ttl);
    }
  }
}

void judge_flow(Judgement& judgement, const Policy& policy, std::optional<Label> read) {
  if (judgement.denied() || judgement.repository == nullptr || !read) return;
  for (const FlowRule& rule : policy.flows) {
    if (*read < rule.read_at_least || judgement.repository->label >= rule.write_below) continue;
    deny(judgement, Gate::Flow, Reason::FlowLabel);
    judgement.rules = judgement.steps.back().rules = {rule.id};
    return;
  }
  pass(judgement, Gate::Flow);
}

bool may_read_ref(const Repository& repository, std::string_view full) {
  return repository.read_refs.matches(full);
}

bool is_hidden(const Repository& repository, const RepoPath& path) {
  return repository.deny_read.denies(path);
}

ToolSet tools_of(const Policy& policy, const Principal& principal, base::WallTime now) {
  ToolSet tools;
  const Persona* persona = nullptr;
  if (now > policy.not_after || check_persona(policy, principal, persona) != Reason::None) {
    return tools;
  }
  for (size_t i = 0; i < kToolCount; ++i) {
    const Tool tool = static_cast<Tool>(i);
    if (check_tool(policy, principal, *persona, tool) != Reason::None) continue;
    const bool about_one = facts_of(tool).argument_that(Means::Repository) != nullptr;
    const auto may = [&](const Repository* repository) {
      Judgement judgement;
      return weigh_rules(judgement, policy,
                         {.principal = principal,
                          .persona = persona->name,
                          .tool = tool,
                          .repository = repository,
                          .arguments = nullptr,
                          .now = now});
    };
    const bool offered =
        about_one
            ? std::ranges::any_of(policy.repositories,
                                  [&](const Repository& repository) { return may(&repository); })
            : may(nullptr);
    if (offered) tools.insert(tool);
  }
  return tools;
}

std::vector<const Repository*> repositories_of(const Policy& policy, const Principal& principal,
                                               base::WallTime now) {
  std::vector<const Repository*> found;
  const Persona* persona = nullptr;
  if (check_persona(policy, principal, persona) != Reason::None) return found;
  for (const Repository& repository : policy.repositories) {
    Judgement judgement;
    const RuleSubject about{.principal = principal,
                            .persona = persona->name,
                            .tool = Tool::RepoList,
                            .repository = &repository,
                            .arguments = nullptr,
                            .now = now};
    if (weigh_rules(judgement, policy, about)) found.push_back(&repository);
  }
  return found;
}

}  // namespace srasta::policy
