#include "tools/merge_requests_core.h"

#include "json/writer.h"
#include "policy/evaluate.h"
#include "tools/routes.h"

#include <algorithm>

namespace srasta::tools {

using service::ErrorCode;
using service::Request;

void MergeRequestsCore::bind(service::RouteTable& table) {
  table.add(route::kMergeRequests, [this](Request& request, const access::Caller& caller) {
    return list(request, caller);
  });
}

net::Task<void> MergeRequestsCore::list(Request& request, const access::Caller& caller) {
  const Call call = begin_call(request, caller, parts_.clock, parts_.policies);
  const auto found = co_await parts_.merges.list(call.principal.tenant);
  if (!found) {
    co_await service::answer_error(request, ErrorCode::InternalError);
    co_return;
  }
  std::vector<const policy::Repository*> seen;
  if (call.policy && call.now <= call.policy->policy.not_after)
    seen = policy::repositories_of(call.policy->policy, call.principal, call.now);
  json::Writer writer;
  writer.begin_object().key("mergeRequests").begin_array();
  for (const MergeRequest& each : *found) {
    const bool told = std::ranges::any_of(seen, [&](const policy::Repository* repository) {
      return repository->id == each.repository;
    });
    if (told) writer.raw(merge_request_json(each));
  }
  const std::string body = writer.end_array().end_object().take();
  const auto recorded = co_await parts_.journal.served(request, caller);
  if (recorded) {
    co_await service::answer_json(request, body);
  } else {
    co_await service::answer_error(request, ErrorCode::AuditUnavailable);
  }
}

}  // namespace srasta::tools
