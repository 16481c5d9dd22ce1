#pragma once

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace srasta::cli {

/// What holds of an option or flag, beside its type.
struct OptionRules {
  bool required = false;
  bool show_default = false;    ///< help shows what the target holds now
  bool one_value_each = false;  ///< of a list: each `--name` takes one value, not all that follow
  /// What is wrong with a value; empty if nothing is. Null: every value is good.
  std::string (*check)(const std::string& value) = nullptr;
  /// Names of options that must, or must not, be given together with it. They were added to the
  /// same command before it. Who excludes is excluded, too.
  std::string needs = {};
  std::vector<std::string> excludes = {};
};

/// A program, noun or verb while it is described: a handle, whose copies mean the same one. It is
/// good as long as its CommandLine, and so must be what options write to (see `keep`).
///
/// A description that contradicts itself (one name twice, a rule about an option that is not there)
/// throws std::exception at once: it is a mistake of the program, which no user can make.
class Command {
 public:
  /// The new one begins with this command's footer and `accept_options_anywhere`, as they are now.
  Command add_subcommand(const std::string& name, const std::string& description) const;

  /// An option (`--data`, `-f,--follow`) or an argument (`FILE`). `target` is written before any
  /// action runs, and left alone where the option is not given. What is no value of its type is
  /// refused.
  void add_option(const std::string& name, std::string& target, const std::string& description,
                  const OptionRules& rules = {}) const;
  void add_option(const std::string& name, std::optional<std::string>& target,
                  const std::string& description, const OptionRules& rules = {}) const;
  void add_option(const std::string& name, uint64_t& target, const std::string& description,
                  const OptionRules& rules = {}) const;
  /// May be repeated. What `target` holds is replaced as a whole.
  void add_option(const std::string& name, std::vector<std::string>& target,
                  const std::string& description, const OptionRules& rules = {}) const;
  void add_flag(const std::string& name, bool& target, const std::string& description,
                const OptionRules& rules = {}) const;
  /// `given` is called before any action runs, if the flag is given.
  void add_flag(const std::string& name, const std::function<void()>& given,
                const std::string& description, const OptionRules& rules = {}) const;

  /// Help does not show it.
  void hide() const;
  /// The end of its help.
  void set_footer(const std::string& text) const;
  /// One of its subcommands must be named, and no more.
  void require_subcommand() const;
  /// Its options may also stand behind the name of a subcommand that does not know them.
  void accept_options_anywhere() const;
  /// The exit code of arguments that do not fit, for it and its subcommands, in place of kUsage.
  void set_usage_code(int code) const;
  /// What it does when it is named; gives the exit code.
  void set_action(std::function<int()> action) const;

  /// Keeps `value` as long as the command line.
  template <typename T>
  T& keep(T value) const {
    auto kept = std::make_shared<T>(std::move(value));
    T& there = *kept;
    own(std::move(kept));
    return there;
  }

 private:
  friend class CommandLine;
  struct Node;

  explicit Command(Node& node) : node_(&node) {}
  void own(std::shared_ptr<void> value) const;

  Node* node_;
};

/// The command line of a program: described through `root`, then read.
class CommandLine {
 public:
  enum class Parsed : uint8_t { HelpShown, Accepted };

  /// `name` is how help calls the program.
  CommandLine(const std::string& name, const std::string& description);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine();

  [[nodiscard]] Command root() const { return Command(*root_); }

  /// Reads what stands behind the program's name, and runs the action of each command that is
  /// named, or prints help on standard output where that is asked for. Code::Invalid, with nothing
  /// run or printed, if the arguments do not fit the description.
  [[nodiscard]] base::Result<Parsed> parse(std::vector<std::string> arguments);

  /// `parse` for a program that is all commands: prints its help if none is named, and what is
  /// wrong on standard error. The exit code: the usage code of what was named then, else that of
  /// the last action, else kOk.
  [[nodiscard]] int run(std::vector<std::string> arguments);

 private:
  int exit_code_ = 0;
  std::unique_ptr<Command::Node> root_;
};

}  // namespace srasta::cli
