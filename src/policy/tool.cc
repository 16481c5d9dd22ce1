#include "policy/tool.h"

#include <algorithm>
#include <array>

namespace srasta::policy {
namespace {

using enum Means;
using enum ToolClass;
using Type = ValueType;

constexpr int64_t kLongText = 4096;
constexpr int64_t kPatchText = int64_t{1} << 20;  // the policy's limits are below

constexpr Argument repo() {
  return {"repo", Type::Text, Repository, true, 1, 128, "Id of the repository"};
}
constexpr Argument ref(std::string_view name = "ref") {
  return {name, Type::Text, Revision, true, 1, 256, "Branch, tag or full commit id"};
}
constexpr Argument branch() {
  return {"branch", Type::Text, Branch, true, 1, 256, "Branch to commit to"};
}
constexpr Argument path(bool required) {
  return {"path", Type::Text, Path, required, 0, 4096, "Path from the root of the repository"};
}
constexpr Argument expected_head() {
  return {"expectedHead",
          Type::Text,
          Text,
          true,
          40,
          40,
          "The commit that the branch is believed to be at"};
}
constexpr Argument message() {
  return {"message", Type::Text, Text, true, 1, kLongText, "Of the commit"};
}
constexpr Argument approval() {
  return {"approval", Type::Text, Text, false, 1, 64, "Id of the approval that was given"};
}
constexpr Argument cursor() {
  return {"cursor", Type::Text, Text, false, 1, 1024, "From the answer before"};
}
constexpr Argument most(int64_t limit) {
  return {"max", Type::Integer, Text, false, 1, limit, "Entries at most"};
}

constexpr std::array kApprovalStatus = {
    Argument{"approvalId", Type::Text, Text, true, 1, 64, "As the refusal named it"}};
constexpr std::array kBlame = {repo(), ref(), path(true), approval()};
constexpr std::array kBranchCreate = {
    repo(), Argument{"name", Type::Text, Branch, true, 1, 256, "Of the new branch"}, ref("from"),
    approval()};
constexpr std::array kBranchDelete = {
    repo(), Argument{"name", Type::Text, Branch, true, 1, 256, "Of the branch"}, approval()};
constexpr std::array kBranchList = {repo()};
constexpr std::array kCodeSearch = {
    repo(),
    ref(),
    Argument{"pattern", Type::Text, Text, true, 1, 1024, "Text, or a regular expression (RE2)"},
    Argument{"regex", Type::Boolean, Text, false, 0, 1, "Whether `pattern` is an expression"},
    Argument{"pathGlob", Type::Text, PathGlob, false, 1, 512, "Only in files that match"},
    most(1000),
    approval()};
constexpr std::array kCommandList = {repo()};
constexpr Argument run_ref() {
  return {"ref", Type::Text, Revision, false, 1, 256, "Branch, tag or full commit id"};
}
constexpr Argument workspace() {
  return {"workspace", Type::Text, Text, false, 1, 64, "Handle of workspace_open, in place of ref"};
}
constexpr Argument timeout() {
  return {"timeoutMs", Type::Integer, Text, false, 1, 3'600'000, "Shorter than the policy's"};
}
constexpr Argument parameters(bool required) {
  return {"params", Type::Object, Parameters, required, 0, 64, "Values of the template's holes"};
}
constexpr std::array kCommandRun = {
    repo(),
    run_ref(),
    workspace(),
    Argument{"command", Type::Text, Command, true, 1, kLongText, "Id of the command"},
    parameters(false),
    timeout(),
    approval()};
constexpr std::array kTestRun = {repo(),    run_ref(), workspace(), parameters(false),
                                 timeout(), approval()};
constexpr std::array kCommitGet = {
    repo(), Argument{"oid", Type::Text, Oid, true, 1, 64, "Full id of the commit"},
    Argument{"withPatch", Type::Boolean, Text, false, 0, 1, "Whether to show what it changed"},
    approval()};
constexpr std::array kCommitLog = {
    repo(),
    ref(),
    path(false),
    Argument{"since", Type::Text, Time, false, 1, 64, "Not older, RFC 3339"},
    Argument{"until", Type::Text, Time, false, 1, 64, "Not younger, RFC 3339"},
    most(500),
    approval()};
constexpr std::array kDiff = {
    repo(),
    ref("base"),
    ref("head"),
    path(false),
    Argument{"context", Type::Integer, Text, false, 0, 20, "Lines around each change"},
    approval()};
constexpr Argument edits() {
  return {"edits",
          Type::Array,
          Edits,
          true,
          1,
          1000,
          "Objects with op (put, replace, delete, move), path and what the op takes"};
}
constexpr std::array kFileEdit = {repo(),  branch(),  expected_head(),
                                  edits(), message(), approval()};
constexpr std::array kFileRead = {
    repo(),
    ref(),
    path(true),
    Argument{"startLine", Type::Integer, Text, false, 1, 100'000'000, "First line, from 1"},
    Argument{"maxLines", Type::Integer, Text, false, 1, 1'000'000, "Lines at most"},
    approval()};
constexpr std::array kMergeRequestOpen = {
    repo(), Argument{"source", Type::Text, Revision, true, 1, 256, "Branch with the change"},
    Argument{"target", Type::Text, Revision, true, 1, 256, "Branch that it is for"},
    Argument{"title", Type::Text, Text, true, 1, 256, "One line"}, approval()};
constexpr std::array kPatchApply = {
    repo(),
    branch(),
    expected_head(),
    Argument{"patch", Type::Text, Text, true, 1, kPatchText, "As `git diff` prints it"},
    message(),
    approval()};
constexpr std::array kPatchCheck = {
    repo(), ref("base"),
    Argument{"patch", Type::Text, Text, false, 1, kPatchText, "As `git diff` prints it"},
    Argument{"edits", Type::Array, Edits, false, 1, 1000,
             "As file_edit takes them, without patch"}};
constexpr std::array kPolicyExplain = {
    Argument{"tool", Type::Text, Text, true, 1, 64, "Name of the tool"},
    Argument{"args", Type::Object, Call, false, 0, 64, "Of the call to explain"},
    Argument{"subject", Type::Text, Text, false, 1, 256, "Somebody else; needs policy.admin"},
    Argument{"persona", Type::Text, Text, false, 1, 64, "Under another persona"}};
constexpr std::array kRepoInfo = {repo()};
constexpr std::array kTagCreate = {
    repo(), Argument{"name", Type::Text, NewTag, true, 1, 256, "Of the new tag"},
    Argument{"target", Type::Text, Oid, true, 1, 64, "Full id of a commit"}, approval()};
constexpr std::array kTreeList = {
    repo(),
    ref(),
    path(false),
    Argument{"recursive", Type::Boolean, Text, false, 0, 1, "Whether to go into folders"},
    cursor(),
    approval()};
constexpr std::array kWorkspaceClose = {
    repo(), Argument{"workspace", Type::Text, Text, true, 1, 64, "Handle of workspace_open"}};
constexpr std::array kWorkspaceOpen = {
    repo(), ref(), Argument{"ttlSeconds", Type::Integer, Text, false, 1, 3600, "How long it lives"},
    approval()};

// In the order of the enumeration.
constexpr std::array<ToolFacts, kToolCount> kFacts = {{
    {"approval_status", Read, true, false, "Says how far an approval is.", kApprovalStatus},
    {"blame", Read, true, false, "Says which commit each line of a file is from.", kBlame},
    {"branch_create", Write, true, false, "Makes a branch.", kBranchCreate},
    {"branch_delete", Write, false, true, "Deletes a branch.", kBranchDelete},
    {"branch_list", Read, true, false, "Lists the branches that you may read.", kBranchList},
    {"code_search", Read, true, false, "Searches the files of a commit.", kCodeSearch},
    {"command_list", Read, true, false, "Lists the commands that may run here.", kCommandList},
    {"command_run", Run, false, false, "Runs a command of the policy in a sandbox.", kCommandRun},
    {"commit_get", Read, true, false, "Shows one commit.", kCommitGet},
    {"commit_log", Read, true, false, "Lists commits, the latest first.", kCommitLog},
    {"diff", Read, true, false, "Shows what differs between two commits.", kDiff},
    {"file_edit", Write, false, false, "Changes files in one commit.", kFileEdit},
    {"file_read", Read, true, false, "Reads a file of a commit.", kFileRead},
    {"merge_request_open", Write, false, false, "Asks for a branch to be merged.",
     kMergeRequestOpen},
    {"patch_apply", Write, false, false, "Applies a patch as one commit.", kPatchApply},
    {"patch_check", Read, true, false, "Says what a patch would do, and changes nothing.",
     kPatchCheck},
    {"policy_explain", Read, true, false, "Says what the policy would answer, and why.",
     kPolicyExplain},
    {"repo_info", Read, true, false, "Describes a repository.", kRepoInfo},
    {"repo_list", Read, true, false, "Lists the repositories that you may see.", {}},
    {"tag_create", Write, false, false, "Makes a tag.", kTagCreate},
    {"test_run", Run, false, false, "Runs the command `test` in a sandbox.", kTestRun},
    {"tree_list", Read, true, false, "Lists the files of a commit.", kTreeList},
    {"workspace_close", Run, true, false, "Removes a workspace.", kWorkspaceClose},
    {"workspace_open", Run, false, false, "Makes a folder that several runs share.",
     kWorkspaceOpen},
}};

}  // namespace

access::Permission permission_of(ToolClass kind) {
  switch (kind) {
    case ToolClass::Read:
      return access::Permission::ToolsRead;
    case ToolClass::Write:
      return access::Permission::ToolsWrite;
    case ToolClass::Run:
      return access::Permission::ToolsRun;
  }
  return access::Permission::ToolsRun;
}

const Argument* ToolFacts::argument(std::string_view wanted) const {
  const auto found = std::ranges::find(arguments, wanted, &Argument::name);
  return found == arguments.end() ? nullptr : &*found;
}

const Argument* ToolFacts::argument_that(Means means) const {
  const auto found = std::ranges::find(arguments, means, &Argument::means);
  return found == arguments.end() ? nullptr : &*found;
}

const ToolFacts& facts_of(Tool tool) {
  return kFacts[static_cast<size_t>(tool)];
}

std::optional<Tool> find_tool(std::string_view name) {
  const auto found = std::ranges::lower_bound(kFacts, name, {}, &ToolFacts::name);
  if (found == kFacts.end() || found->name != name) return std::nullopt;
  return static_cast<Tool>(found - kFacts.begin());
}

}  // namespace srasta::policy
