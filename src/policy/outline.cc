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

  void say(std::string_view name, std::string_view value) const {
    lines_.insert(fmt::format("{}{} {}", about_, name, value));
  }
  void say(std::string_view name, const std::vector<std::string>& values) const {
    for (const std::string& value : values) say(name, value);
  }
  void say(std::string_view name, const GlobList& list) const {
    for (const Glob& glob : list.globs()) say(name, glob.text());
  }
  void say(std::string_view name, ToolSet tools) const {
    for (size_t i = 0; i < kToolCount; ++i) {
      if (tools.contains(static_cast<Tool>(i))) say(name, to_string(static_cast<Tool>(i)));
    }
  }
  void say(std::string_view name, const Approvers& approvers) const {
    say(name,
        fmt::format("{} of {}", approvers.count,
                    approvers.roles.empty() ? "anybody"
                                            : fmt::format("{}", fmt::join(approvers.roles, "|"))));
  }
  void say(const Limits& limits) const {
    for (const NumberField& field : number_fields()) {
      say(fmt::format(".limits.{}.{}", field.group, field.name), std::to_string(field.get(limits)));
    }
    for (const PermissionField& field : permission_fields()) {
      say(fmt::format(".limits.{}.{}", field.group, field.name),
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
  facts.say(".when.pathsAny", rule.paths_any);
  if (rule.deletes_over) facts.say(".when.deletesOver", std::to_string(*rule.deletes_over));
  facts.say(".approvers", rule.approvers);
  facts.say(".ttl", fmt::format("{}s", rule.ttl.count()));
}

void add_repository(std::set<std::string>& lines, const Repository& repository) {
  const std::string about = "repositories." + repository.id;
  const Facts facts(lines, about);
  facts.say(".gitDir", repository.git_dir);
  facts.say(".label", to_string(repository.label));
  facts.say(".refs.read", repository.read_refs);
  facts.say(".refs.write", repository.write_refs);
  facts.say(".refs.protect", repository.protected_refs);
  facts.say(".paths.denyRead", repository.deny_read);
  facts.say(".paths.denyWrite", repository.deny_write);
  facts.say(".paths.allowWrite", repository.allow_write);
  facts.say(".commands", repository.commands);
  facts.say(repository.limits);
  for (const ApprovalRule& rule : repository.approvals) add_approval(lines, about, rule);
}

std::string text_of(const ArgumentValue& value) {
  if (const bool* const flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* const number = std::get_if<int64_t>(&value)) return std::to_string(*number);
  return std::get<std::string>(value);
}

/// Empty lists match everything.
void add_matches(const Facts& facts, std::string_view name, const std::vector<std::string>& list) {
  if (list.empty()) facts.say(name, "*");
  facts.say(name, list);
}

void add_rule(std::set<std::string>& lines, const Rule& rule) {
  const Facts facts(lines, "rules." + rule.id);
  facts.say(".effect", to_string(rule.effect));
  if (rule.shadow) facts.say(".mode", "shadow");
  add_matches(facts, ".roles", rule.roles);
  add_matches(facts, ".personas", rule.personas);
  add_matches(facts, ".repos", rule.repositories);
  facts.say(".tools", rule.tools);
  if (rule.outside_hours) {
    facts.say(".when.hour.outside",
              fmt::format("{:02}:{:02}-{:02}:{:02} UTC", rule.outside_hours->from / 60,
                          rule.outside_hours->from % 60, rule.outside_hours->to / 60,
                          rule.outside_hours->to % 60));
  }
  for (const auto& [name, value] : rule.arguments) {
    facts.say(".when.args." + name, text_of(value));
  }
  if (rule.effect == Effect::Ask) facts.say(".approvers", rule.approvers);
}

void add_parameter(const Facts& facts, const CommandParameter& parameter) {
  const std::string about = ".params." + parameter.name;
  facts.say(about + ".enum", parameter.values);
  if (parameter.pattern) facts.say(about + ".pattern", parameter.pattern->text());
  if (parameter.files) facts.say(about + ".glob", parameter.files->text());
  if (parameter.default_value) facts.say(about + ".default", *parameter.default_value);
}

void add_command(std::set<std::string>& lines, const Command& command) {
  const Facts facts(lines, "commands." + command.id);
  std::string line = command.program;
  for (const CommandItem& item : command.arguments) {
    line += item.parameter ? fmt::format(" {{{}}}", command.parameters[*item.parameter].name)
                           : " " + item.text;
  }
  facts.say(".line", line);
  for (const CommandParameter& parameter : command.parameters) add_parameter(facts, parameter);
  for (const auto& [name, value] : command.environment) facts.say(".env." + name, value);
  if (command.captures_changes) facts.say(".captureAs", "patch");
  if (command.runs_repository_code) facts.say(".runsRepoCode", "true");
}

}  // namespace

std::set<std::string> outline(const Policy& policy) {
  std::set<std::string> lines;
  const Facts facts(lines, "policy");
  facts.say(".name", policy.name);
  facts.say(".tenant", policy.tenant);
  facts.say(".version", std::to_string(policy.version));
  facts.say(".notAfter", base::format_utc(policy.not_after));
  facts.say(".sandbox.minTier", to_string(policy.min_tier));
  facts.say(policy.limits);
  for (const RoleRule& role : policy.roles) {
    Facts(lines, "roles." + role.name).say(".tools", role.tools);
  }
  for (const Persona& persona : policy.personas) {
    const Facts about(lines, "personas." + persona.name);
    about.say(".tools", persona.tools);
    about.say(".requiresRoles", persona.requires_roles);
    about.say(persona.limits);
  }
  for (const Repository& repository : policy.repositories) add_repository(lines, repository);
  for (const Command& command : policy.commands) add_command(lines, command);
  for (const FlowRule& flow : policy.flows) {
    Facts(lines, "flow." + flow.id)
        .say(".deny", fmt::format("read {} or above, write below {}", to_string(flow.read_at_least),
                                  to_string(flow.write_below)));
  }
  for (const Rule& rule : policy.rules) add_rule(lines, rule);
  return lines;
}

}  // namespace srasta::policy
