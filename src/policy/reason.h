#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace srasta::policy {

/// Why the tool gateway refused a call, or wants somebody's approval. A stable vocabulary: agents
/// and their developers match on the names (docs/tools.md). `None`: nothing was refused.
enum class Reason : uint8_t {
  None,
  // the call
  ToolUnknown,
  ToolDisabled,
  ArgSchema,
  ArgUnknownField,
  // who asks
  PersonaMissing,
  PersonaNotGranted,
  PersonaTool,
  RoleTool,
  ScopeInsufficient,
  DelegationWidens,
  TenantMismatch,
  // rules
  DefaultDeny,
  RuleDeny,
  RateLimit,
  Concurrency,
  KillSwitch,
  PolicyStale,
  AuditUnavailable,
  // repositories and refs
  RepoNotAllowed,
  RepoConfigTampered,
  RepoUnavailable,
  RefInvalid,
  RefNotAllowed,
  RefProtected,
  RefStale,
  RefExists,
  // paths
  PathInvalid,
  PathAbsolute,
  PathTraversal,
  PathTooLong,
  PathUnicode,
  PathGitdir,
  PathDenied,
  PathSymlink,
  PathCaseCollision,
  NotFound,
  // changes
  PatchParse,
  PatchHeaderMismatch,
  PatchNoApply,
  PatchTooLarge,
  PatchTooManyFiles,
  PatchInflatedTooLarge,
  PatchBinary,
  PatchSymlink,
  PatchGitlink,
  PatchMode,
  PatchExecBit,
  ContentBidi,
  ContentSecret,
  // commands
  CmdUnknown,
  CmdParam,
  SandboxTier,
  SandboxUnavailable,
  Timeout,
  Cancelled,
  // information flow and approvals
  FlowLabel,
  ApprovalRequired,
  ApprovalMismatch,
  ApprovalStale,
  ApprovalExpired,
  ApprovalReplayed,
  ApprovalSelf,
  ApprovalDenied,
  HandleUnknown,
  HandleForeign,
  HandleExpired,
};

/// How much of a reason its caller is told. Masked: it would tell what exists, so the answer is the
/// one for what does not exist; the true reason is in the audit record.
enum class Shown : uint8_t { Open, Masked };

struct ReasonFacts {
  std::string_view name;  ///< "REF_PROTECTED"
  Shown shown = Shown::Open;
  std::string_view hint;  ///< what the caller can do; empty: nothing
};

[[nodiscard]] const ReasonFacts& facts_of(Reason reason);
[[nodiscard]] inline std::string_view to_string(Reason reason) {
  return facts_of(reason).name;
}
[[nodiscard]] std::optional<Reason> find_reason(std::string_view name);
/// What the caller is told in place of `reason`.
[[nodiscard]] inline Reason shown_as(Reason reason) {
  return facts_of(reason).shown == Shown::Masked ? Reason::NotFound : reason;
}

}  // namespace srasta::policy
