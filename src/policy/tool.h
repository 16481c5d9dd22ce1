#pragma once

#include "access/permission.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace srasta::policy {

/// Every tool of the platform. What each does is in docs/tools.md.
enum class Tool : uint8_t {
  ApprovalStatus,
  Blame,
  BranchCreate,
  BranchDelete,
  BranchList,
  CodeSearch,
  CommandList,
  CommandRun,
  CommitGet,
  CommitLog,
  Diff,
  FileEdit,
  FileRead,
  MergeRequestOpen,
  PatchApply,
  PatchCheck,
  PolicyExplain,
  RepoInfo,
  RepoList,
  TagCreate,
  TestRun,
  TreeList,
  WorkspaceClose,
  WorkspaceOpen,
};
inline constexpr size_t kToolCount = static_cast<size_t>(Tool::WorkspaceOpen) + 1;

/// What the value of an argument stands for; gates go by it, not by the argument's name.
enum class Means : uint8_t {
  Text,        ///< nothing that a gate looks at
  Repository,  ///< an id of the policy
  Revision,    ///< a commit to read (`parse_revision`)
  Oid,         ///< a commit to read, by its full id
  Branch,      ///< the short name of a branch to write
  NewTag,      ///< the short name of a tag to make
  Path,        ///< a file or folder to read
  PathGlob,    ///< narrows what is read
  Time,        ///< RFC 3339
  Command,     ///< an id of the policy
  Parameters,  ///< an object of texts
  Edits,       ///< an array of objects; the planner reads it
  Call,        ///< an object: arguments of another call
};

enum class ValueType : uint8_t { Text, Integer, Boolean, Object, Array };

/// One argument. Texts are 0 to `most` bytes long, integers lie between `least` and `most`.
struct Argument {
  std::string_view name;
  ValueType type = ValueType::Text;
  Means means = Means::Text;
  bool required = false;
  int64_t least = 0;
  int64_t most = 1024;
  std::string_view about = {};  ///< one line for the schema
};

/// What using a tool needs of the token.
enum class ToolClass : uint8_t { Read, Write, Run };
[[nodiscard]] access::Permission permission_of(ToolClass kind);

struct ToolFacts {
  std::string_view name;
  ToolClass kind = ToolClass::Read;
  bool idempotent = true;
  bool destructive = false;
  std::string_view about;  ///< one sentence for those who choose a tool
  std::span<const Argument> arguments;

  [[nodiscard]] const Argument* argument(std::string_view name) const;
  [[nodiscard]] const Argument* argument_that(Means means) const;
};

[[nodiscard]] const ToolFacts& facts_of(Tool tool);
[[nodiscard]] inline std::string_view to_string(Tool tool) {
  return facts_of(tool).name;
}
/// Exact.
[[nodiscard]] std::optional<Tool> find_tool(std::string_view name);

/// A set of tools, as a value. The empty set has none.
class ToolSet {
 public:
  constexpr ToolSet() = default;
  [[nodiscard]] static constexpr ToolSet all() { return ToolSet((uint32_t{1} << kToolCount) - 1); }
  constexpr void insert(Tool tool) { bits_ |= bit(tool); }
  [[nodiscard]] constexpr bool contains(Tool tool) const { return (bits_ & bit(tool)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] friend constexpr ToolSet operator|(ToolSet a, ToolSet b) {
    return ToolSet(a.bits_ | b.bits_);
  }
  [[nodiscard]] friend constexpr ToolSet operator&(ToolSet a, ToolSet b) {
    return ToolSet(a.bits_ & b.bits_);
  }
  friend constexpr bool operator==(ToolSet, ToolSet) = default;

 private:
  static_assert(kToolCount < 32, "one bit each");
  static constexpr uint32_t bit(Tool tool) { return uint32_t{1} << static_cast<unsigned>(tool); }
  constexpr explicit ToolSet(uint32_t bits) : bits_(bits) {}
  uint32_t bits_ = 0;
};

}  // namespace srasta::policy
