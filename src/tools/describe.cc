#include "tools/describe.h"

#include "json/writer.h"
#include "policy/evaluate.h"
#include "policy/tool_schema.h"
#include "tools/policy_store.h"

namespace srasta::tools {

using policy::Reason;
using policy::Tool;

namespace {

void write_globs(json::Writer& writer, std::string_view name, const policy::GlobList& list) {
  writer.key(name).begin_array();
  for (const policy::Glob& glob : list.globs()) writer.string(glob.text());
  writer.end_array();
}

std::string default_branch(const TenantPolicy& policy, const policy::Repository& rules) {
  const auto registration = policy.repositories.find(rules.id);
  if (registration == policy.repositories.end()) return {};
  const auto view =
      RepositoryView::open(rules, registration->second, policy.policy.limits.request.timeout);
  return view ? view->default_branch() : std::string();
}

void write_parameter(json::Writer& writer, const policy::CommandParameter& parameter) {
  writer.key(parameter.name).begin_object();
  if (!parameter.values.empty()) {
    writer.member("enum", parameter.values);
  } else if (parameter.files) {
    writer.member("type", "repoPath").member("glob", parameter.files->text());
  } else {
    writer.member("type", "pattern");
  }
  if (parameter.default_value) writer.member("default", *parameter.default_value);
  writer.member("required", !parameter.default_value.has_value()).end_object();
}

void write_step(json::Writer& writer, const policy::Step& step, bool all) {
  const bool masked = !all && policy::facts_of(step.reason).shown == policy::Shown::Masked;
  writer.begin_object().member("gate", policy::to_string(step.gate));
  writer.member("outcome", policy::to_string(step.outcome));
  writer.member("reason", policy::to_string(masked ? Reason::NotFound : step.reason));
  if (!masked && !step.rules.empty()) writer.member("rules", step.rules);
  writer.end_object();
}

}  // namespace

std::string tools_json(const policy::Policy& policy, const policy::Principal& principal,
                       base::WallTime now) {
  const policy::ToolSet offered = policy::tools_of(policy, principal, now);
  json::Writer writer;
  writer.begin_object().key("tools").begin_array();
  for (size_t i = 0; i < policy::kToolCount; ++i) {
    const Tool tool = static_cast<Tool>(i);
    if (!offered.contains(tool)) continue;
    const policy::ToolFacts& facts = policy::facts_of(tool);
    writer.begin_object().member("name", facts.name).member("description", facts.about);
    writer.key("inputSchema").raw(policy::input_schema(tool));
    writer.key("annotations").begin_object();
    writer.member("readOnlyHint", facts.kind == policy::ToolClass::Read);
    writer.member("destructiveHint", facts.destructive);
    writer.member("idempotentHint", facts.idempotent).member("openWorldHint", false);
    writer.end_object().end_object();
  }
  return writer.end_array().member("policyVersion", policy.version).end_object().take();
}

std::string repositories_json(const TenantPolicy& policy, const policy::Principal& principal,
                              base::WallTime now) {
  json::Writer writer;
  writer.begin_object().key("repositories").begin_array();
  for (const policy::Repository* const each :
       policy::repositories_of(policy.policy, principal, now)) {
    writer.begin_object().member("id", each->id).member("label", policy::to_string(each->label));
    writer.member("defaultBranch", default_branch(policy, *each)).end_object();
  }
  return writer.end_array().end_object().take();
}

std::string repository_json(const RepositoryView& view, const policy::Limits& limits) {
  const policy::Repository& rules = view.rules();
  json::Writer writer;
  writer.begin_object().member("id", rules.id).member("label", policy::to_string(rules.label));
  writer.member("defaultBranch", view.default_branch()).key("refs").begin_object();
  write_globs(writer, "read", rules.read_refs);
  write_globs(writer, "write", rules.write_refs);
  write_globs(writer, "protect", rules.protected_refs);
  writer.end_object();
  write_globs(writer, "allowWrite", rules.allow_write);
  writer.key("limits").begin_object().member("readBytes", limits.read.bytes);
  writer.member("readLines", limits.read.lines).member("patchBytes", limits.patch.bytes);
  writer.member("patchFiles", limits.patch.files);
  writer.member("changedLines", limits.patch.changed_lines);
  writer.member("searchResults", limits.search.results).end_object();
  return writer.member("commands", rules.commands).end_object().take();
}

std::string commands_json(const policy::Policy& policy, const policy::Repository& repository) {
  json::Writer writer;
  writer.begin_object().key("commands").begin_array();
  for (const std::string& id : repository.commands) {
    const policy::Command* const command = policy.command(id);
    if (command == nullptr) continue;
    writer.begin_object().member("id", command->id).key("params").begin_object();
    for (const auto& parameter : command->parameters) write_parameter(writer, parameter);
    writer.end_object().member("capturesChanges", command->captures_changes).end_object();
  }
  return writer.end_array().end_object().take();
}

std::string judgement_json(const policy::Judgement& judgement, bool all) {
  const bool masked = judgement.masked && !all;
  const Reason reason = masked ? Reason::NotFound
                        : all  ? judgement.reason
                               : policy::shown_as(judgement.reason);
  json::Writer writer;
  writer.begin_object().member("decision", policy::to_string(judgement.effect));
  writer.member("reason", policy::to_string(reason));
  if (all) {
    writer.member("ruleIds", judgement.rules).member("shadowRuleIds", judgement.shadow_rules);
  }
  writer.key("gates").begin_array();
  for (const policy::Step& step : judgement.steps) {
    // Of a repository that one is not told of, it is the repository that is not there.
    const bool last = masked && step.gate == policy::Gate::Repository;
    const policy::Step absent{
        .gate = step.gate, .outcome = policy::Effect::Deny, .reason = Reason::NotFound};
    write_step(writer, last ? absent : step, all);
    if (last) break;
  }
  writer.end_array();
  const std::string_view hint = policy::facts_of(reason).hint;
  if (!hint.empty()) writer.member("hint", hint);
  return writer.end_object().take();
}

}  // namespace srasta::tools
