#pragma once

#include "base/clock.h"
#include "policy/glob.h"
#include "policy/limits.h"
#include "policy/pattern.h"
#include "policy/tool.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// A policy as calls are judged by it (docs/tools.md). Made by `read_policy` only, immutable, safe
// to share between threads.
namespace srasta::policy {

/// How far what a repository holds may go; what is read at one label may not be written below it
/// where a flow rule says so.
enum class Label : uint8_t { Public, Internal, Confidential, Restricted };
[[nodiscard]] std::string_view to_string(Label label);

/// How strong a sandbox has to be, the weakest first (docs/sandbox.md).
enum class SandboxTier : uint8_t { T3, T1, T1c };
[[nodiscard]] std::string_view to_string(SandboxTier tier);

struct RoleRule {
  std::string name;
  ToolSet tools;
};

/// Narrows what its holder's roles have.
struct Persona {
  std::string name;
  ToolSet tools;
  std::vector<std::string> requires_roles = {};  ///< one of them; empty: any
  Limits limits = {};
};

struct Approvers {
  std::vector<std::string> roles;
  int64_t count = 1;
};

/// When a change of a repository needs somebody else's word.
struct ApprovalRule {
  std::string id;
  GlobList paths_any = {};                             ///< it touches one of them; empty: never
  std::optional<int64_t> deletes_over = std::nullopt;  ///< it deletes more files than this
  Approvers approvers;
  base::Seconds ttl{900};
};

struct Repository {
  std::string id;
  std::string git_dir;
  Label label = Label::Confidential;
  GlobList read_refs, write_refs, protected_refs;  ///< of full names, refs/...
  GlobList deny_read, deny_write;
  GlobList allow_write;  ///< empty: nothing may be written
  std::vector<ApprovalRule> approvals = {};
  std::vector<std::string> commands = {};
  Limits limits = {};
};

/// What a hole of a command's template takes.
struct CommandParameter {
  std::string name;
  std::vector<std::string> values = {};           ///< one of them, if there are any
  std::optional<Pattern> pattern = std::nullopt;  ///< or a text that matches as a whole
  std::optional<Glob> files = std::nullopt;       ///< or a file of the tree that matches
  std::optional<std::string> default_value = std::nullopt;
};

/// An item of a command line: a text, or the parameter whose value stands there alone.
struct CommandItem {
  std::string text;
  std::optional<size_t> parameter = std::nullopt;
};

struct Command {
  std::string id;
  std::string program;
  std::vector<CommandItem> arguments;
  std::vector<CommandParameter> parameters;
  std::map<std::string, std::string> environment = {};
  bool captures_changes = false;  ///< they come back as a patch
  bool runs_repository_code = false;
};

/// What was read in a task and where the call would write.
struct FlowRule {
  std::string id;
  Label read_at_least = Label::Confidential;
  Label write_below = Label::Confidential;
};

enum class Effect : uint8_t { Allow, Ask, Deny };
[[nodiscard]] std::string_view to_string(Effect effect);

/// Minutes of a day in UTC, `from` included, `to` not; over midnight if `to` is less.
struct HourWindow {
  int from = 0;
  int to = 0;
  [[nodiscard]] bool contains(base::WallTime now) const;
};

using ArgumentValue = std::variant<bool, int64_t, std::string>;

/// Empty lists match everything.
struct Rule {
  std::string id;
  Effect effect = Effect::Deny;
  bool shadow = false;  ///< only noted
  std::vector<std::string> roles = {};
  std::vector<std::string> personas = {};
  std::vector<std::string> repositories = {};
  ToolSet tools;
  std::optional<HourWindow> outside_hours = std::nullopt;
  std::vector<std::pair<std::string, ArgumentValue>> arguments = {};
  Approvers approvers = {};  ///< of Ask
  base::Seconds ttl{900};
};

struct Policy {
  std::string name;
  std::string tenant;
  int64_t version = 0;
  base::WallTime not_after{};
  std::string digest;  ///< SHA-256 of the document, hexadecimal
  Limits limits = {};
  SandboxTier min_tier = SandboxTier::T1;
  std::vector<RoleRule> roles = {};
  std::vector<Persona> personas = {};
  std::vector<Repository> repositories = {};  ///< sorted by id
  std::vector<Command> commands = {};
  std::vector<FlowRule> flows = {};
  std::vector<Rule> rules = {};

  [[nodiscard]] const RoleRule* role(std::string_view name) const;
  [[nodiscard]] const Persona* persona(std::string_view name) const;
  [[nodiscard]] const Repository* repository(std::string_view id) const;
  [[nodiscard]] const Command* command(std::string_view id) const;
};

}  // namespace srasta::policy
