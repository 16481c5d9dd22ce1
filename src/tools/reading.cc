#include "tools/reading.h"

#include "tools/changing.h"
#include "tools/describe.h"
#include "tools/explain.h"

#include <fmt/format.h>

namespace srasta::tools {

using policy::Reason;
using policy::Tool;

namespace {

Result read_repository(const Call& call, const Cursors& cursors) {
  const git::Registration* const registration = registration_of(call);
  if (registration == nullptr) return std::unexpected(Reason::RepoConfigTampered);
  const policy::Repository& rules = *call.judgement.repository;
  const auto view =
      RepositoryView::open(rules, *registration, call.judgement.limits.request.timeout);
  if (!view) return std::unexpected(view.error());
  const auto arguments = arguments_of(call);
  if (!arguments) return std::unexpected(Reason::ArgSchema);
  const std::string scope = fmt::format("{} {} {}", call.caller.principal().view(), rules.id,
                                        call.policy->policy.version);
  const ReadCall reading{.view = *view,
                         .arguments = *arguments,
                         .limits = call.judgement.limits,
                         .cursors = cursors,
                         .scope = scope};
  switch (call.tool) {
    case Tool::RepoInfo:
      return repository_json(*view, call.judgement.limits);
    case Tool::TreeList:
      return tree_list(reading);
    case Tool::FileRead:
      return file_read(reading);
    case Tool::CodeSearch:
      return code_search(reading);
    case Tool::BranchList:
      return branch_list(reading);
    case Tool::CommitLog:
      return commit_log(reading);
    case Tool::CommitGet:
      return commit_get(reading);
    case Tool::Blame:
      return blame(reading);
    case Tool::Diff:
      return diff(reading);
    case Tool::PatchCheck:
      return check_patch({.tool = call.tool,
                          .rules = rules,
                          .registration = *registration,
                          .arguments = *arguments,
                          .judgement = call.judgement,
                          .subject = call.principal.subject,
                          .tenant = call.principal.tenant,
                          .decision = call.request.id.view()});
    default:
      return std::unexpected(Reason::ToolDisabled);
  }
}

}  // namespace

Result read(const Call& call, const Cursors& cursors) {
  const policy::Policy& policy = call.policy->policy;
  switch (call.tool) {
    case Tool::RepoList:
      return repositories_json(*call.policy, call.principal, call.now);
    case Tool::CommandList:
      return commands_json(policy, *call.judgement.repository);
    case Tool::PolicyExplain:
      return explain(call);
    default:
      return read_repository(call, cursors);
  }
}

}  // namespace srasta::tools
