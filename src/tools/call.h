#pragma once

#include "access/caller.h"
#include "base/clock.h"
#include "json/document.h"
#include "policy/arguments.h"
#include "policy/judgement.h"
#include "service/journal.h"
#include "service/request.h"
#include "tools/approval.h"
#include "tools/policy_store.h"

#include <expected>
#include <memory>
#include <optional>

namespace srasta::tools {

/// One call on its way; lives in the coroutine that serves it.
struct Call {
  service::Request& request;
  const access::Caller& caller;
  policy::Principal principal;
  base::WallTime now;
  std::shared_ptr<const TenantPolicy> policy;  ///< null: none is in force
  std::optional<json::Document> arguments = std::nullopt;
  policy::Tool tool = policy::Tool::RepoList;
  bool tool_known = true;  ///< else `tool` stands for nothing
  policy::Judgement judgement = {};
  std::optional<policy::Arguments::Fault> fault = std::nullopt;
  std::optional<Approval> approval = std::nullopt;  ///< that it presents, or waits for
};

/// A call of `caller` under what is in force now; no tool is named yet.
[[nodiscard]] Call begin_call(service::Request& request, const access::Caller& caller,
                              const base::Clock& clock, const PolicyStore& policies);

/// The arguments, which the call outlives.
[[nodiscard]] std::expected<policy::Arguments, policy::Arguments::Fault> arguments_of(
    const Call& call);
/// Nothing, if the repository is not there or the call is about none.
[[nodiscard]] const git::Registration* registration_of(const Call& call);
/// What the audit log is told of the call; Reason::None: it was allowed.
[[nodiscard]] service::Journal::ToolCall record_of(const Call& call, policy::Reason reason);

}  // namespace srasta::tools
