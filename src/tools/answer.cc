#include "tools/answer.h"

#include "json/writer.h"

#include <fmt/format.h>

namespace srasta::tools {
namespace {

using policy::Reason;

int status_of(Reason reason) {
  switch (reason) {
    case Reason::NotFound:
      return 404;
    case Reason::ApprovalRequired:
      return 202;
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

std::string_view decision_of(Reason reason) {
  return reason == Reason::ApprovalRequired ? "ask" : "deny";
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

}  // namespace

net::Task<void> answer_result(service::Request& request, const policy::Judgement& judgement,
                              int64_t policy_version, std::string_view result) {
  json::Writer writer;
  writer.begin_object().member("decisionId", request.id.view());
  writer.member("decision", policy::to_string(judgement.effect));
  writer.member("policyVersion", policy_version).key("result").raw(result);
  const std::string body = writer.end_object().take();
  const std::string fields =
      request.common_fields() + "Content-Type: application/json\r\nCache-Control: no-store\r\n";
  (void)co_await request.exchange.respond(200, fields, body);
}

net::Task<void> answer_refusal(service::Request& request, Reason reason,
                               const std::optional<policy::Arguments::Fault>& fault) {
  const Reason shown = policy::shown_as(reason);
  const bool no_object = fault && fault->argument.empty() && reason == Reason::ArgSchema;
  const int status = no_object ? 422 : status_of(shown);
  const policy::ReasonFacts& facts = policy::facts_of(shown);
  json::Writer writer;
  writer.begin_object().member("type", "about:blank").member("title", title_of(status));
  writer.member("status", int64_t{status}).member("code", facts.name);
  writer.member("decision", no_object ? "reject" : decision_of(shown));
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

}  // namespace srasta::tools
