#include "cli/command_line.h"

#include "cli/exit_code.h"

#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace srasta::cli {
namespace {

void apply(CLI::Option& option, const OptionRules& rules) {
  option.required(rules.required);
  if (rules.show_default) option.capture_default_str();
  if (rules.one_value_each) option.allow_extra_args(false);
  if (rules.check != nullptr) option.check(rules.check);
  if (!rules.needs.empty()) option.needs(rules.needs);
  for (const std::string& other : rules.excludes) option.excludes(other);
}

}  // namespace

/// Its parent owns it, as the CLI::App that it is.
struct Command::Node : CLI::App {
  Node(const std::string& name, const std::string& description, int& exit_code_of_all)
      : App(description, name), exit_code(exit_code_of_all) {}
  Node(const std::string& name, const std::string& description, Node& parent)
      : App(description, name, &parent), exit_code(parent.exit_code) {}

  /// That of the innermost command that was named and has one.
  [[nodiscard]] int usage_code_of_named() const {
    int code = usage_code.value_or(kUsage);
    for (const App* named = this; !named->get_subcommands().empty();) {
      named = named->get_subcommands().front();
      code = static_cast<const Node*>(named)->usage_code.value_or(code);
    }
    return code;
  }

  int& exit_code;
  std::optional<int> usage_code;
  std::vector<std::shared_ptr<void>> kept;
};

Command Command::add_subcommand(const std::string& name, const std::string& description) const {
  const auto node = std::make_shared<Node>(name, description, *node_);
  node_->add_subcommand(node);
  return Command(*node);
}

void Command::add_option(const std::string& name, std::string& target,
                         const std::string& description, const OptionRules& rules) const {
  apply(*node_->add_option(name, target, description), rules);
}

void Command::add_option(const std::string& name, std::optional<std::string>& target,
                         const std::string& description, const OptionRules& rules) const {
  apply(*node_->add_option(name, target, description), rules);
}

void Command::add_option(const std::string& name, uint64_t& target, const std::string& description,
                         const OptionRules& rules) const {
  apply(*node_->add_option(name, target, description), rules);
}

void Command::add_option(const std::string& name, std::vector<std::string>& target,
                         const std::string& description, const OptionRules& rules) const {
  apply(*node_->add_option(name, target, description), rules);
}

void Command::add_flag(const std::string& name, bool& target, const std::string& description,
                       const OptionRules& rules) const {
  apply(*node_->add_flag(name, target, description), rules);
}

void Command::add_flag(const std::string& name, const std::function<void()>& given,
                       const std::string& description, const OptionRules& rules) const {
  apply(*node_->add_flag(name, [given](int64_t) { given(); }, description), rules);
}

void Command::hide() const {
  node_->group("");
}

void Command::set_footer(const std::string& text) const {
  node_->footer(text);
}

void Command::require_subcommand() const {
  node_->require_subcommand(1);
}

void Command::accept_options_anywhere() const {
  node_->fallthrough();
}

void Command::set_usage_code(int code) const {
  node_->usage_code = code;
}

void Command::set_action(std::function<int()> action) const {
  node_->callback(
      [&exit_code = node_->exit_code, action = std::move(action)] { exit_code = action(); });
}

void Command::own(std::shared_ptr<void> value) const {
  node_->kept.push_back(std::move(value));
}

CommandLine::CommandLine(const std::string& name, const std::string& description)
    : root_(std::make_unique<Command::Node>(name, description, exit_code_)) {}

CommandLine::~CommandLine() = default;

base::Result<CommandLine::Parsed> CommandLine::parse(std::vector<std::string> arguments) {
  std::ranges::reverse(arguments);
  try {
    root_->parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return base::make_error(base::Code::Invalid, error.what());
    root_->exit(error);
    return Parsed::HelpShown;
  }
  return Parsed::Accepted;
}

int CommandLine::run(std::vector<std::string> arguments) {
  const auto parsed = parse(std::move(arguments));
  if (!parsed) {
    fmt::print(stderr, "{}\nRun with --help for more information.\n", parsed.error().message);
    return root_->usage_code_of_named();
  }
  if (*parsed == Parsed::Accepted && root_->get_subcommands().empty()) {
    fmt::print("{}", root_->help());
  }
  return exit_code_;
}

}  // namespace srasta::cli
