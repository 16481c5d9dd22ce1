#include "tools/approvals_core.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "json/document.h"
#include "json/writer.h"
#include "tools/approval_view.h"
#include "tools/routes.h"

#include <utility>

#include <fmt/format.h>

namespace srasta::tools {

using policy::Reason;
using service::ErrorCode;
using service::Request;

namespace {

Decider decider_of(const access::Caller& caller) {
  Decider decider{.tenant = caller.tenant().str(),
                  .principal = caller.principal().str(),
                  .actors = actors_of(caller),
                  .roles = {}};
  for (const base::RoleName& role : caller.roles()) decider.roles.push_back(role.str());
  return decider;
}

/// His own, and what he could decide.
bool is_told_of(const Approval& approval, const access::Caller& caller) {
  const Decider decider = decider_of(caller);
  if (approval.bound.tenant != decider.tenant) return false;
  if (approval.bound.principal == decider.principal) return true;
  return caller.permissions().contains(access::Permission::ToolsApprove) &&
         concerns(approval, decider);
}

/// {"verdict": "approve" | "deny"}, and nothing else.
std::optional<bool> read_verdict(std::string_view body) {
  const auto document = json::Document::parse(body, 4);
  if (!document || document->root().size() != 1) return std::nullopt;
  const auto member = document->root().find("verdict");
  const auto text = member ? member->string() : std::nullopt;
  if (text == "approve") return true;
  if (text == "deny") return false;
  return std::nullopt;
}

service::Journal::ApprovalStep step_of(const Approval& approval, std::string_view verdict) {
  const auto digest = base::from_hex(approval.digest);
  return {.act = audit::Act::ApprovalDecide,
          .approval = approval.id,
          .tool = approval.bound.tool,
          .repository = approval.repository,
          .policy = approval.policy_name,
          .version = static_cast<uint64_t>(approval.policy_version),
          .verdict = std::string(verdict),
          .digest = crypto::digest_from(digest.value_or(""))};
}

net::Task<void> answer_reason(Request& request, int status, Reason reason) {
  const policy::ReasonFacts& facts = policy::facts_of(reason);
  json::Writer writer;
  writer.begin_object().member("type", "about:blank");
  writer.member("title", "This approval is not yours to decide, or not any more.");
  writer.member("status", int64_t{status}).member("code", facts.name);
  if (!facts.hint.empty()) writer.member("hint", facts.hint);
  const std::string body = writer.member("request_id", request.id.view()).end_object().take();
  const std::string fields = fmt::format(
      "{}Content-Type: application/problem+json\r\nx-srasta-error: {}\r\nCache-Control: "
      "no-store\r\n",
      request.common_fields(), facts.name);
  (void)co_await request.exchange.respond(status, fields, body);
}

}  // namespace

void ApprovalsCore::bind(service::RouteTable& table) {
  table.add(route::kApprovals, [this](Request& request, const access::Caller& caller) {
    return list(request, caller);
  });
  table.add(route::kApproval, [this](Request& request, const access::Caller& caller) {
    return show(request, caller);
  });
  table.add(route::kDecide, [this](Request& request, const access::Caller& caller) {
    return decide(request, caller);
  });
}

bool ApprovalsCore::is_stale(const Approval& approval) const {
  const auto policy = parts_.policies.of(approval.bound.tenant);
  return !policy || policy->policy.digest != approval.bound.policy;
}

net::Task<void> ApprovalsCore::tell(Request& request, const access::Caller& caller,
                                    std::string body) {
  const auto recorded = co_await parts_.journal.served(request, caller);
  if (recorded) {
    co_await service::answer_json(request, body);
  } else {
    co_await service::answer_error(request, ErrorCode::AuditUnavailable);
  }
}

net::Task<void> ApprovalsCore::list(Request& request, const access::Caller& caller) {
  const auto found = co_await parts_.approvals.list(caller.tenant().str());
  if (!found) {
    co_await service::answer_error(request, ErrorCode::InternalError);
    co_return;
  }
  json::Writer writer;
  writer.begin_object().key("approvals").begin_array();
  for (const Approval& approval : *found) {
    if (is_told_of(approval, caller)) writer.raw(approval_json(approval, now()));
  }
  co_await tell(request, caller, writer.end_array().end_object().take());
}

net::Task<void> ApprovalsCore::show(Request& request, const access::Caller& caller) {
  auto looked = co_await parts_.approvals.find(request.path_parameter);
  if (!looked) {
    co_await service::answer_error(request, ErrorCode::InternalError);
    co_return;
  }
  const std::optional<Approval> found = *std::move(looked);
  if (!found || !is_told_of(*found, caller)) {
    co_await parts_.journal.refused(request, &caller, audit::Act::AuthzDeny, "unknown_id");
    co_await service::answer_error(request, ErrorCode::NotFound);
  } else {
    co_await tell(request, caller, approval_json(*found, now()));
  }
}

net::Task<void> ApprovalsCore::refuse(Request& request, const access::Caller& caller,
                                      const Approval& approval, Reason reason) {
  service::Journal::ApprovalStep step = step_of(approval, {});
  step.why = policy::to_string(reason);
  co_await parts_.journal.change_refused(request, caller, step);
  if (reason == Reason::NotFound) {
    co_await service::answer_error(request, ErrorCode::NotFound);
  } else {
    co_await answer_reason(request, reason == Reason::ApprovalSelf ? 403 : 409, reason);
  }
}

net::Task<void> ApprovalsCore::decide(Request& request, const access::Caller& caller) {
  const auto approves = read_verdict(request.body);
  if (!approves) {
    co_await parts_.journal.refused(request, &caller, audit::Act::HttpReject, "parameter");
    co_await service::answer_error(request, ErrorCode::InvalidParameter, "verdict");
    co_return;
  }
  auto looked = co_await parts_.approvals.find(request.path_parameter);
  if (!looked) {
    co_await service::answer_error(request, ErrorCode::InternalError);
    co_return;
  }
  std::optional<Approval> found = *std::move(looked);
  Reason wrong = found ? check_decider(*found, decider_of(caller), now()) : Reason::NotFound;
  if (wrong == Reason::None && found && is_stale(*found)) wrong = Reason::ApprovalStale;
  if (wrong != Reason::None || !found) {
    co_await refuse(request, caller, found.value_or(Approval{}), wrong);
    co_return;
  }
  co_await keep(request, caller, *std::move(found), *approves);
}

net::Task<void> ApprovalsCore::keep(Request& request, const access::Caller& caller, Approval before,
                                    bool approves) {
  service::Journal::ApprovalStep step = step_of(before, approves ? "approve" : "deny");
  auto intent = co_await parts_.journal.may_change(request, caller, step);
  if (!intent) {
    co_await service::answer_error(request, ErrorCode::AuditUnavailable);
    co_return;
  }
  Approval after = before;
  tools::decide(after, {.subject = caller.subject(),
                        .roles = decider_of(caller).roles,
                        .at = now(),
                        .approves = approves});
  const auto replaced = co_await parts_.approvals.replace(before, after);
  if (!replaced) step.reason = "store";
  if (replaced && !*replaced) step.reason = "stale";  // somebody else was faster
  parts_.journal.changed(request, caller, *std::move(intent), step);
  if (!replaced) {
    co_await service::answer_error(request, ErrorCode::InternalError);
  } else if (!*replaced) {
    co_await answer_reason(request, 409, Reason::ApprovalReplayed);
  } else {
    const std::string body = approval_json(after, now());
    co_await service::answer_json(request, body);
  }
}

}  // namespace srasta::tools
