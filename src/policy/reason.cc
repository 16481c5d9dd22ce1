#include "policy/reason.h"

#include <algorithm>
#include <array>

namespace srasta::policy {
namespace {

constexpr auto kOpen = Shown::Open;
constexpr auto kMasked = Shown::Masked;

// In the order of the enumeration.
constexpr auto kFacts = std::to_array<ReasonFacts>({
    {"ALLOW", kOpen, ""},
    {"TOOL_UNKNOWN", kMasked, ""},
    {"TOOL_DISABLED", kOpen, "The tool's definition changed; an administrator has to pin it anew."},
    {"ARG_SCHEMA", kOpen, "The tool's schema says which arguments it takes."},
    {"ARG_UNKNOWN_FIELD", kOpen, "Leave the argument out; the tool's schema lists all it takes."},
    {"PERSONA_MISSING", kOpen, "Tools are for callers with a persona; choose one of your own."},
    {"PERSONA_NOT_GRANTED", kOpen, "The persona asks for a role that you do not have."},
    {"PERSONA_TOOL", kMasked, ""},
    {"ROLE_TOOL", kMasked, ""},
    {"SCOPE_INSUFFICIENT", kOpen, "Get a token with the scope that the tool needs."},
    {"DELEGATION_WIDENS", kOpen, "An agent cannot have more than the one it acts for."},
    {"TENANT_MISMATCH", kMasked, ""},
    {"DEFAULT_DENY", kOpen, "Nothing in the policy allows this."},
    {"RULE_DENY", kOpen, "A rule of the policy denies this."},
    {"RATE_LIMIT", kOpen, "Wait, and call less often."},
    {"CONCURRENCY", kOpen, "Wait until one of your runs has ended."},
    {"KILL_SWITCH", kOpen, "An administrator has switched tools off."},
    {"POLICY_STALE", kOpen, "There is no policy in force for your tenant, or it has expired."},
    {"AUDIT_UNAVAILABLE", kOpen, "Evidence cannot be written; nothing is done without it."},
    {"REPO_NOT_ALLOWED", kMasked, ""},
    {"REPO_CONFIG_TAMPERED", kOpen, "The repository's own configuration is not what it may be."},
    {"REPO_UNAVAILABLE", kOpen, "The repository cannot be read; its administrator has to look."},
    {"REF_INVALID", kOpen, "Give the name of a branch or tag, or a full object id."},
    {"REF_NOT_ALLOWED", kMasked, ""},
    {"REF_PROTECTED", kOpen, "Write to a branch that is not protected."},
    {"REF_STALE", kOpen, "The branch has moved; read it again and plan anew."},
    {"REF_EXISTS", kOpen, "Choose another name."},
    {"PATH_INVALID", kOpen, "Give the path from the root of the repository in its plain form."},
    {"PATH_ABSOLUTE", kOpen, "Give the path from the root of the repository."},
    {"PATH_TRAVERSAL", kOpen, "Give the path from the root of the repository, without `..`."},
    {"PATH_TOO_LONG", kOpen, "At most 1,024 bytes in 64 segments."},
    {"PATH_UNICODE", kOpen, "Use NFC, without invisible, bidirectional or compatibility forms."},
    {"PATH_GITDIR", kOpen, "Git's own folder is out of reach in any spelling."},
    {"PATH_DENIED", kMasked, ""},
    {"PATH_SYMLINK", kOpen, "The path is a symbolic link."},
    {"PATH_CASE_COLLISION", kOpen,
     "Paths that differ only in case cannot be checked out everywhere."},
    {"NOT_FOUND", kOpen, ""},
    {"PATCH_PARSE", kOpen, "Send one patch in git's format, as `git diff` prints it."},
    {"PATCH_HEADER_MISMATCH", kOpen, "All headers of one file must name the same file."},
    {"PATCH_NO_APPLY", kOpen, "The patch does not fit exactly; read the files again."},
    {"PATCH_TOO_LARGE", kOpen, "Split the change."},
    {"PATCH_TOO_MANY_FILES", kOpen, "Split the change."},
    {"PATCH_INFLATED_TOO_LARGE", kOpen, "Split the change."},
    {"PATCH_BINARY", kOpen, "Only text can be changed."},
    {"PATCH_SYMLINK", kOpen, "Symbolic links cannot be made or changed."},
    {"PATCH_GITLINK", kOpen, "Submodules cannot be made or changed."},
    {"PATCH_MODE", kOpen, "Only the modes 100644 and 100755 exist here."},
    {"PATCH_EXEC_BIT", kOpen, "Files cannot be made executable."},
    {"CONTENT_BIDI", kOpen, "Remove invisible and bidirectional characters."},
    {"CONTENT_SECRET", kOpen, "Remove what looks like a credential."},
    {"CMD_UNKNOWN", kOpen, "command_list says which commands there are."},
    {"CMD_PARAM", kOpen, "command_list says which values a parameter takes."},
    {"SANDBOX_TIER", kOpen, "The host cannot isolate commands as the policy wants it."},
    {"SANDBOX_UNAVAILABLE", kOpen, "The sandbox does not start; an administrator has to look."},
    {"TIMEOUT", kOpen, "It took too long and was ended: ask for less."},
    {"CANCELLED", kOpen, ""},
    {"FLOW_LABEL", kOpen, "What was read may not flow to where this would write."},
    {"APPROVAL_REQUIRED", kOpen,
     "Somebody else has to approve; then call again with the approval."},
    {"APPROVAL_MISMATCH", kOpen, "The call is not the one that was approved."},
    {"APPROVAL_STALE", kOpen, "The branch has moved since; ask anew."},
    {"APPROVAL_EXPIRED", kOpen, "Ask anew."},
    {"APPROVAL_REPLAYED", kOpen, "An approval is for one call."},
    {"APPROVAL_SELF", kOpen, "Somebody else has to approve."},
    {"APPROVAL_DENIED", kOpen, "Somebody said no; plan something else."},
    {"HANDLE_UNKNOWN", kMasked, ""},
    {"HANDLE_FOREIGN", kMasked, ""},
    {"HANDLE_EXPIRED", kMasked, ""},
});
static_assert(kFacts.size() == static_cast<size_t>(Reason::HandleExpired) + 1);

}  // namespace

const ReasonFacts& facts_of(Reason reason) {
  return kFacts[static_cast<size_t>(reason)];
}

std::optional<Reason> find_reason(std::string_view name) {
  const auto found = std::ranges::find(kFacts, name, &ReasonFacts::name);
  if (found == kFacts.end()) return std::nullopt;
  return static_cast<Reason>(found - kFacts.begin());
}

}  // namespace srasta::policy
