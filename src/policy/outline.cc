#include "policy/outline.h"

#include "base/clock.h"
#include "policy/limit_fields.h"

#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace srasta::policy {
namespace {

/// Collects facts about one thing of the document.
class Facts {
 public:
  Facts(std::set<std::string>& lines, std::string about)
      : lines_(lines), about_(std::move(about)) {}

  void add(std::string_view name, std::string_view value) const {
    lines_.insert(fmt::format("{}{} {}", about_, name, value));
  }
  void add(std::string_view name, const std::vector<std::string>& values) const {
    for (const std::string& value : values) add(name, value);
  }
  void add(std::string_view name, const GlobList& list) const {
    for (const Glob& glob : list.globs()) add(name, glob.text());
  }
  void add(std::string_view name, ToolSet tools) const {
    for (size_t i = 0; i < kToolCount; ++i) {
      if (tools.contains(static_cast<Tool>(i))) add(name, to_string(static_cast<Tool>(i)));
    }
  }
  void add(std::string_view name, const Approvers& approvers) const {
    add(name,
        fmt::format("{} of {}", approvers.count,
                    approvers.roles.empty() ? "anybody"
                                            : fmt::format("{}", fmt::join(approvers.roles, "|"))));
  }
  void add(const Limits& limits) const {
    for (const NumberField& field : number_fields()) {
      add(fmt::format(".limits.{}.{}", field.group, field.name), std::to_string(field.get(limits)));
    }
    for (const PermissionField& field : permission_fields()) {
      add(fmt::format(".limits.{}.{}", field.group, field.name),
          field.get(limits) ? "allow" : "deny");
    }
  }

 private:
  std::set<std::string>& lines_;
  std::string about_;
};

void add_approval(std::set<std::string>& lines, const std::string& repository,
                  const ApprovalRule& rule) {
  const Facts facts(lines, repository + ".approvals." + rule.id);
  facts.add(".when.pathsAny", rule.paths_any);
  if (rule.deletes_over) facts.add(".when.deletesOver", std::to_string(*rule.deletes_over));
  facts.add(".approvers", rule.approvers);
  facts.add(".ttl", fmt::format("{}s", rule.ttl.count()));
}

void add_repository(std::set<std::string>& lines, const Repository& repository) {
  const std::string about = "repositories." + repository.id;
  const Facts facts(lines, about);
  facts.add(".gitDir", repository.git_dir);
  facts.add(".label", to_string(repository.label));
  facts.add(".refs.read", repository.read_refs);
  facts.add(".refs.write", repository.write_refs);
  facts.add(".refs.protect", repository.protected_refs);
  facts.add(".paths.denyRead", repository.deny_read);
  facts.add(".paths.denyWrite", repository.deny_write);
  facts.add(".paths.allowWrite", repository.allow_write);
  facts.add(".commands", repository.commands);
  facts.add(repository.limits);
  for (const ApprovalRule& rule : repository.approvals) add_approval(lines, about, rule);
}

std::string text_of(const ArgumentValue& value) {
  if (const bool* const flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* const number = std::get_if<int64_t>(&value)) return std::to_string(*number);
  return std::get<std::string>(value);
}

/// Empty lists match everything.
void add_matches(const Facts& facts, std::string_view name, const std::vector<std::string>& list) {
  if (list.empty()) facts.add(name, "*");
  facts.add(name, list);
}

void add_rule(std::set<std::string>& lines, const Rule& rule) {
  const Facts facts(lines, "rules." + rule.id);
  facts.add(".effect", to_string(rule.effect));
  if (rule.shadow) facts.add(".mode", "shadow");
  add_matches(facts, ".roles", rule.roles);
  add_matches(facts, ".personas", rule.personas);
  add_matches(facts, ".repos", rule.repositories);
  facts.add(".tools", rule.tools);
  if (rule.outside_hours) {
    facts.add(".when.hour.outside",
              fmt::format("{:02}:{:02}-{:02}:{:02} UTC", rule.outside_hours->from / 60,
                          rule.outside_hours->from % 60, rule.outside_hours->to / 60,
                          rule.outside_hours->to % 60));
  }
  for (const auto& [name, value] : rule.arguments) {
    facts.add(".when.args." + name, text_of(value));
  }
  if (rule.effect == Effect::Ask) facts.add(".approvers", rule.approvers);
}

void add_parameter(const Facts& facts, const CommandParameter& parameter) {
  const std::string about = ".params." + parameter.name;
  facts.add(about + ".enum", parameter.values);
  if (parameter.pattern) facts.add(about + ".pattern", parameter.pattern->text());
  if (parameter.files) facts.add(about + ".glob", parameter.files->text());
  if (parameter.default_value) facts.add(about + ".default", *parameter.default_value);
}

void add_command(std::set<std::string>& lines, const Command& command) {
  const Facts facts(lines, "commands." + command.id);
  std::string line = command.program;
  for (const CommandItem& item : command.arguments) {
    line += item.parameter ? fmt::format(" {{{}}}", command.parameters[*item.parameter].name)
                           : " " + item.text;
  }
  facts.add(".line", line);
  for (const CommandParameter& parameter : command.parameters) add_parameter(facts, parameter);
  for (const auto& [name, value] : command.environment) facts.add(".env." + name, value);
  if (command.captures_changes) facts.add(".captureAs", "patch");
  if (command.runs_repository_code) facts.add(".runsRepoCode", "true");
}

}  // namespace

std::set<std::string> outline(const Policy& policy) {
  std::set<std::string> lines;
  const Facts facts(lines, "policy");
  facts.add(".name", policy.name);
  facts.add(".tenant", policy.tenant);
  facts.add(".version", std::to_string(policy.version));
  facts.add(".notAfter", base::format_utc(policy.not_after));
  facts.add(".sandbox.minTier", to_string(policy.min_tier));
  facts.add(policy.limits);
  for (const RoleRule& role : policy.roles) {
    Facts(lines, "roles." + role.name).add(".tools", role.tools);
  }
  for (const Persona& persona : policy.personas) {
    const Facts about(lines, "personas." + persona.name);
    about.add(".tools", persona.tools);
    about.add(".requiresRoles", persona.requires_roles);
    about.add(persona.limits);
  }
  for (const Repository& repository : policy.repositories) add_repository(lines, repository);
  for (const Command& command : policy.commands) add_command(lines, command);
  for (const FlowRule& flow : policy.flows) {
    Facts(lines, "flow." + flow.id)
        .add(".deny", fmt::format("read {} or above, write below {}", to_string(flow.read_at_least),
                                  to_string(flow.write_below)));
  }
  for (const Rule& rule : policy.rules) add_rule(lines, rule);
  return lines;
}

}  // namespace srasta::policy
