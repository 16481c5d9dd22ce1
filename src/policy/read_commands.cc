#include "policy/draft.h"
#include "policy/repo_path.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

namespace srasta::policy {
namespace {

constexpr size_t kMostItems = 64;
constexpr size_t kLongestPattern = 256;

/// Programs that run what their arguments say; a template of one would be a command line.
constexpr auto kInterpreters = std::to_array<std::string_view>(
    {"ash",  "awk",    "bash",  "busybox", "csh",    "dash", "env",    "expect", "fish",
     "gawk", "ksh",    "lua",   "mawk",    "mksh",   "nice", "node",   "nohup",  "perl",
     "php",  "python", "rbash", "ruby",    "script", "sed",  "setsid", "sh",     "ssh",
     "su",   "sudo",   "tclsh", "timeout", "xargs",  "zsh"});

/// What the platform itself sets, or what makes other programs load or run something.
constexpr auto kReservedVariables = std::to_array<std::string_view>(
    {"BASH_ENV", "ENV", "HOME", "IFS", "LANG", "NODE_OPTIONS", "PATH", "PERL5OPT", "PYTHONSTARTUP",
     "RUBYOPT", "SHELL", "TMPDIR"});

bool is_interpreter(std::string_view program) {
  std::string_view name = program.substr(program.rfind('/') + 1);
  // python3.11 is python.
  while (!name.empty() && std::string_view("0123456789.-").contains(name.back())) {
    name.remove_suffix(1);
  }
  return std::ranges::find(kInterpreters, name) != kInterpreters.end();
}

bool is_variable(std::string_view name) {
  const auto is_good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kLongestPattern &&
         !(name.front() >= '0' && name.front() <= '9') && std::ranges::all_of(name, is_good);
}

bool is_reserved(std::string_view name) {
  return name.starts_with("LD_") || name.starts_with("GIT_") ||
         std::ranges::find(kReservedVariables, name) != kReservedVariables.end();
}

std::optional<Pattern> read_pattern(Draft& draft, const Field& field) {
  const auto text = draft.reader.text(field, kLongestPattern);
  if (!text) return std::nullopt;
  if (!field.node->quoted) draft.reader.complain(field, "a pattern must be quoted");
  auto pattern = Pattern::parse(*text);
  if (pattern) return *std::move(pattern);
  draft.reader.complain(field, "is not an expression of RE2: " + pattern.error());
  return std::nullopt;
}

void read_values(Draft& draft, const Field& field, CommandParameter& parameter) {
  for (const Field& item : draft.reader.items(field)) {
    auto value = draft.reader.text(item, kLongestPattern);
    if (!value) continue;
    if (value->starts_with('-')) {
      draft.reader.complain(item, "begins with - and would be an option");
    }
    parameter.values.push_back(*std::move(value));
  }
}

/// A default that its parameter would refuse has to say so.
void check_default(Draft& draft, const Field& field, const CommandParameter& parameter,
                   const std::string& value, bool literal) {
  const bool listed = std::ranges::find(parameter.values, value) != parameter.values.end();
  const bool fits = listed || (parameter.pattern && parameter.pattern->matches_whole(value));
  if (value.starts_with('-')) draft.reader.complain(field, "the default would be an option");
  if (!literal && !fits) {
    draft.reader.complain(field, "the default is none of the allowed values",
                          "defaultLiteral: true takes it as it is");
  }
}

CommandParameter read_parameter(Draft& draft, const Field& field) {
  CommandParameter parameter{.name = field.node->key};
  Members members(draft.reader, field);
  const auto values = members.take("enum");
  const auto pattern = members.take("pattern");
  const auto type = members.take("type");
  const auto glob = members.take("glob");
  const auto given = members.take("default");
  const auto literal = members.take("defaultLiteral");
  members.finish();
  if (int{values.has_value()} + int{pattern.has_value()} + int{type.has_value()} != 1) {
    draft.reader.complain(field, "takes exactly one of enum, pattern and type");
    return parameter;
  }
  if (values) read_values(draft, *values, parameter);
  if (pattern) parameter.pattern = read_pattern(draft, *pattern);
  if (type) {
    (void)draft.reader.choice(*type, {"repoPath"});
    if (glob) {
      parameter.files = draft.reader.glob(*glob);
    } else {
      draft.reader.complain(field, "a repoPath needs a glob");
    }
  } else if (glob) {
    draft.reader.complain(*glob, "is for type: repoPath");
  }
  if (given) {
    const bool as_it_is = literal && draft.reader.boolean(*literal).value_or(false);
    parameter.default_value = draft.reader.text(*given, kLongestPattern);
    if (parameter.default_value) {
      check_default(draft, *given, parameter, *parameter.default_value, as_it_is);
    }
  }
  return parameter;
}

/// The name between braces; empty: the item is text. A hole stands alone, so that a value is never
/// part of an option.
std::string hole_of(Draft& draft, const Field& item, const std::string& text) {
  if (!text.contains('{') && !text.contains('}')) return {};
  if (text.starts_with('{') && text.ends_with('}') && text.size() > 2) {
    return text.substr(1, text.size() - 2);
  }
  draft.reader.complain(item, "a hole stands alone in its item", "\"{name}\"");
  return {};
}

void read_item(Draft& draft, const Field& item, Command& command, bool after_options) {
  auto text = draft.reader.text(item);
  if (!text) return;
  const std::string hole = hole_of(draft, item, *text);
  if (hole.empty()) {
    command.arguments.push_back({.text = *std::move(text)});
    return;
  }
  const auto found = std::ranges::find(command.parameters, hole, &CommandParameter::name);
  if (found == command.parameters.end()) {
    draft.reader.complain(item, fmt::format("params has no {}", hole));
    return;
  }
  const std::optional<Pattern>& pattern = found->pattern;
  if (!after_options && pattern && pattern->may_be_option()) {
    draft.reader.complain(item, "a value may begin with - and would be an option",
                          "a pattern that cannot, or \"--\" before it");
  }
  command.arguments.push_back(
      {.text = {}, .parameter = static_cast<size_t>(found - command.parameters.begin())});
}

void read_arguments(Draft& draft, const Field& field, Command& command) {
  const std::vector<Field> items = draft.reader.items(field);
  if (items.size() > kMostItems) draft.reader.complain(field, "has more than 64 items");
  bool after_options = false;
  for (const Field& item : items) {
    read_item(draft, item, command, after_options);
    after_options = after_options || item.node->text == "--";
  }
}

void read_program(Draft& draft, const Field& field, Command& command) {
  command.program = draft.reader.text(field).value_or("");
  const std::filesystem::path path(command.program);
  if (!path.is_absolute() || path.lexically_normal() != path) {
    draft.reader.complain(field, "is not one absolute path");
  } else if (!command.program.starts_with("/usr/")) {
    draft.reader.complain(field, "is not below /usr, which is all that a sandbox has");
  } else if (is_interpreter(command.program)) {
    draft.reader.complain(field, "runs what its arguments say",
                          "a program that does one thing; put scripts into the image");
  }
}

void read_environment(Draft& draft, const Field& field, Command& command) {
  for (const Field& variable : draft.reader.members(field)) {
    const std::string& name = variable.node->key;
    if (!is_variable(name) || is_reserved(name)) {
      draft.reader.complain(variable, "is no variable that a command may set");
      continue;
    }
    command.environment[name] = draft.reader.text(variable).value_or("");
  }
}

}  // namespace

void read_commands(Draft& draft, const Field& field) {
  ValueReader& reader = draft.reader;
  for (const Field& each : reader.members(field)) {
    Command command{.id = each.node->key};
    Members members(reader, each);
    if (const auto program = members.need("exec")) read_program(draft, *program, command);
    if (const auto parameters = members.take("params")) {
      for (const Field& one : reader.members(*parameters)) {
        command.parameters.push_back(read_parameter(draft, one));
      }
    }
    if (const auto arguments = members.need("argv")) read_arguments(draft, *arguments, command);
    if (const auto variables = members.take("env")) read_environment(draft, *variables, command);
    if (const auto capture = members.take("captureAs")) {
      command.captures_changes = reader.choice(*capture, {"patch"}).has_value();
    }
    if (const auto runs = members.take("runsRepoCode")) {
      command.runs_repository_code = reader.boolean(*runs).value_or(false);
    }
    members.finish();
    draft.policy.commands.push_back(std::move(command));
  }
}

}  // namespace srasta::policy
