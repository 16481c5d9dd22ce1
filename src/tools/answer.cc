#include "tools/answer.h"

#include "json/writer.h"
#include "tools/approval_view.h"

#include <fmt/format.h>

namespace srasta::tools {
namespace {

using policy::Reason;

int status_of(Reason reason) {
  switch (reason) {
    case Reason::NotFound:
      return 404;
    case Reason::RateLimit:
    case Reason::Concurrency:
      return 429;
    case Reason::RepoUnavailable:
    case Reason::AuditUnavailable:
    case Reason::SandboxUnavailable:
      return 503;
    default:
      return 403;
  }
}

std::string_view title_of(int status) {
  switch (status) {
    case 404:
      return "There is nothing of that name here for you.";
    case 202:
      return "Somebody else has to approve this first.";
    case 422:
      return "The arguments are not an object.";
    case 429:
      return "Too many calls.";
    case 503:
      return "This cannot be done now.";
    default:
      return "The policy does not allow this.";
  }
}

net::Task<void> answer_result(const Call& call, const Told& told) {
  service::Request& request = call.request;
  json::Writer writer;
  writer.begin_object().member("decisionId", request.id.view());
  writer.member("decision", policy::to_string(policy::Effect::Allow));
  writer.member("policyVersion", call.policy->policy.version).key("result").raw(told.result);
  const std::string body = writer.end_object().take();
  const std::string fields =
      request.common_fields() + "Content-Type: application/json\r\nCache-Control: no-store\r\n";
  (void)co_await request.exchange.respond(200, fields, body);
}

net::Task<void> answer_refusal(service::Request& request, const Told& told) {
  const std::optional<policy::Arguments::Fault>& fault = told.fault;
  const bool no_object = fault && fault->argument.empty() && told.reason == Reason::ArgSchema;
  const std::optional<Told::Waiting>& waiting = told.waiting;
  const int status = no_object ? 422 : waiting ? 202 : status_of(told.reason);
  const policy::ReasonFacts& facts = policy::facts_of(told.reason);
  json::Writer writer;
  writer.begin_object().member("type", "about:blank").member("title", title_of(status));
  writer.member("status", int64_t{status}).member("code", facts.name);
  writer.member("decision", no_object ? "reject" : waiting ? "ask" : "deny");
  if (waiting) write_waiting(writer, *waiting);
  if (fault && !fault->argument.empty()) {
    writer.member("detail", fmt::format("{} {}", fault->argument, fault->what));
  }
  if (!facts.hint.empty()) writer.member("hint", facts.hint);
  writer.member("decisionId", request.id.view()).member("request_id", request.id.view());
  const std::string body = writer.end_object().take();
  const std::string fields = fmt::format(
      "{}Content-Type: application/problem+json\r\nx-srasta-error: {}\r\nCache-Control: "
      "no-store\r\n",
      request.common_fields(), facts.name);
  (void)co_await request.exchange.respond(status, fields, body);
}

}  // namespace

net::Task<void> answer(const Call& call, const Told& told) {
  if (told.not_recorded) {
    co_await service::answer_error(call.request, service::ErrorCode::AuditUnavailable);
  } else if (told.done()) {
    co_await answer_result(call, told);
  } else {
    co_await answer_refusal(call.request, told);
  }
}

}  // namespace srasta::tools
