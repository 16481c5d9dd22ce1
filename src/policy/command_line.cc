#include "policy/command_line.h"

#include "policy/repo_path.h"

#include <algorithm>

namespace srasta::policy {
namespace {

constexpr size_t kLongestValue = 1024;

std::optional<std::string_view> given_value(const Arguments& arguments, const std::string& name) {
  const auto parameters = arguments.value("params");
  const auto value = parameters ? parameters->find(name) : std::nullopt;
  return value ? value->string() : std::nullopt;
}

bool fits(const CommandParameter& parameter, std::string_view value, const Repository& repository) {
  const bool controls = std::ranges::any_of(
      value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; });
  if (value.empty() || value.size() > kLongestValue || controls) return false;
  if (parameter.files) {
    const auto path = RepoPath::parse(value);
    return path && parameter.files->matches(path->segments()) &&
           !repository.deny_read.denies(*path);
  }
  if (value.starts_with('-')) return false;
  if (parameter.pattern) {
    return parameter.pattern->matches_whole(value);
  }
  return std::ranges::find(parameter.values, value) != parameter.values.end();
}

Reason check_parameters(const Command& command, const Repository& repository,
                        const Arguments& arguments) {
  if (const auto given = arguments.value("params")) {
    bool unknown = false;
    given->for_each_member([&](std::string_view name, const json::Value&) {
      const auto& known = command.parameters;
      unknown = unknown || std::ranges::find(known, name, &CommandParameter::name) == known.end();
    });
    if (unknown) return Reason::ArgUnknownField;
  }
  for (const CommandParameter& parameter : command.parameters) {
    const auto value = given_value(arguments, parameter.name);
    if (!value && parameter.default_value) continue;
    if (!value || !fits(parameter, *value, repository)) return Reason::CmdParam;
  }
  return Reason::None;
}

}  // namespace

Reason check_command(const Policy& policy, const Repository& repository, Tool tool,
                     const Arguments& arguments, const Command*& command) {
  if (tool != Tool::CommandRun && tool != Tool::TestRun) return Reason::None;
  const std::string_view id =
      tool == Tool::TestRun ? "test" : arguments.text("command").value_or("");
  const bool offered = std::ranges::find(repository.commands, id) != repository.commands.end();
  const Command* const found = offered ? policy.command(id) : nullptr;
  if (found == nullptr) return Reason::CmdUnknown;
  command = found;
  return check_parameters(*found, repository, arguments);
}

std::vector<std::string> command_line(const Command& command, const Arguments& arguments) {
  std::vector<std::string> line;
  bool after_options = false;
  for (const CommandItem& item : command.arguments) {
    if (!item.parameter) {
      after_options = after_options || item.text == "--";
      line.push_back(item.text);
      continue;
    }
    const CommandParameter& parameter = command.parameters[*item.parameter];
    const auto given = given_value(arguments, parameter.name);
    const std::string value(given ? std::string(*given) : parameter.default_value.value_or(""));
    line.push_back(parameter.files && !after_options ? "./" + value : value);
  }
  return line;
}

std::vector<std::string> named_files(const Command& command, const Arguments& arguments) {
  std::vector<std::string> files;
  for (const CommandParameter& parameter : command.parameters) {
    if (!parameter.files) continue;
    const auto given = given_value(arguments, parameter.name);
    files.emplace_back(given ? *given : std::string_view(parameter.default_value.value_or("")));
  }
  return files;
}

}  // namespace srasta::policy
