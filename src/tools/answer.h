#pragma once

#include "policy/arguments.h"
#include "policy/judgement.h"
#include "service/request.h"

#include <optional>
#include <string>
#include <string_view>

// How a call is answered: docs/tools.md.
namespace srasta::tools {

/// 200 with the result. The decision's id is that of the request: its records have it.
net::Task<void> answer_result(service::Request& request, const policy::Judgement& judgement,
                              int64_t policy_version, std::string_view result);

/// 403, 404 for what its caller is not told of, 422 for arguments that are no object, 202 where
/// somebody has to approve first; problem+json.
net::Task<void> answer_refusal(service::Request& request, policy::Reason reason,
                               const std::optional<policy::Arguments::Fault>& fault = std::nullopt);

}  // namespace srasta::tools
