// The part of the journal that tells of tools.
#include "service/journal.h"
#include "service/journal_events.h"

namespace srasta::service {
namespace {

using audit::Label;

Label label(const std::string& text) {
  return Label(std::string_view(text));
}

/// Without an id a record would not tell the reason either.
Label policy_id(std::string_view name) {
  return Label(name.empty() ? audit::kNobody : name);
}

audit::Event tool_event(const Request& request, const access::Caller& caller, audit::Act act,
                        audit::Outcome outcome, const Journal::ToolCall& call) {
  audit::Event event = event_of(request, &caller, act, outcome);
  event.policy = {.id = policy_id(call.policy), .revision = call.version, .why = label(call.why)};
  event.data.add("tool", label(call.tool)).add("repository", label(call.repository));
  event.data.add("rules", label(call.rules)).add("commit", label(call.commit));
  event.data.add("approval", label(call.approval)).add("shadow", label(call.shadow));
  event.data.add("persona", label(call.persona));
  event.data.add("reason", reason_of(call.reason));
  if (call.effects) event.data.add("effects", *call.effects);
  return event;
}

audit::Event approval_event(const Request& request, const access::Caller& caller,
                            audit::Outcome outcome, const Journal::ApprovalStep& step) {
  audit::Event event = event_of(request, &caller, step.act, outcome);
  event.durability = audit::Durability::Must;
  event.policy = {.id = policy_id(step.policy), .revision = step.version, .why = label(step.why)};
  event.data.add("approval", label(step.approval)).add("tool", label(step.tool));
  event.data.add("repository", label(step.repository)).add("verdict", label(step.verdict));
  event.data.add("reason", reason_of(step.reason));
  if (step.digest) event.data.add("digest", *step.digest);
  return event;
}

}  // namespace

net::Task<base::Result<void>> Journal::tool_read(Request& request, const access::Caller& caller,
                                                 audit::Outcome outcome, const ToolCall& call) {
  const audit::Event event = tool_event(request, caller, audit::Act::ToolRead, outcome, call);
  co_return co_await put_for(request, event);
}

net::Task<base::Result<audit::Intent>> Journal::may_change(Request& request,
                                                           const access::Caller& caller,
                                                           const ToolCall& call) {
  audit::Event event = tool_event(request, caller, call.act, audit::Outcome::Allow, call);
  event.durability = audit::Durability::Must;
  auto intent = co_await answer_of<audit::Intent>(
      request.exchange.loop(), [&](audit::Intent::Declared declared) {
        audit::Intent::declare(ledger_, event, std::move(declared));
      });
  if (intent) request.receipt_field = receipt_line(intent->receipt());
  co_return intent;
}

void Journal::changed(const Request& request, const access::Caller& caller, audit::Intent intent,
                      audit::Outcome outcome, const ToolCall& call) {
  // What the log could not take it counts, and the next start tells of the intent.
  (void)std::move(intent).end(tool_event(request, caller, call.act, outcome, call));
}

net::Task<void> Journal::change_refused(Request& request, const access::Caller& caller,
                                        const ToolCall& call) {
  audit::Event event = tool_event(request, caller, call.act, audit::Outcome::Deny, call);
  event.durability = audit::Durability::Must;
  (void)co_await put_for(request, event);
}

net::Task<base::Result<audit::Intent>> Journal::may_change(Request& request,
                                                           const access::Caller& caller,
                                                           const ApprovalStep& step) {
  const audit::Event event = approval_event(request, caller, audit::Outcome::Allow, step);
  auto intent = co_await answer_of<audit::Intent>(
      request.exchange.loop(), [&](audit::Intent::Declared declared) {
        audit::Intent::declare(ledger_, event, std::move(declared));
      });
  if (intent) request.receipt_field = receipt_line(intent->receipt());
  co_return intent;
}

void Journal::changed(const Request& request, const access::Caller& caller, audit::Intent intent,
                      const ApprovalStep& step) {
  const auto outcome = step.reason.empty() ? audit::Outcome::Ok : audit::Outcome::Error;
  (void)std::move(intent).end(approval_event(request, caller, outcome, step));
}

net::Task<void> Journal::change_refused(Request& request, const access::Caller& caller,
                                        const ApprovalStep& step) {
  const audit::Event event = approval_event(request, caller, audit::Outcome::Deny, step);
  (void)co_await put_for(request, event);
}

void Journal::policy_loaded(const PolicyLoad& load) {
  const auto outcome = load.why.empty() ? audit::Outcome::Ok : audit::Outcome::Deny;
  audit::Event event{.act = audit::Act::PolicyLoad, .outcome = outcome};
  event.actor.kind = audit::ActorKind::System;
  // A document that is not taken has no name that anybody vouches for.
  event.policy = {.id = policy_id(load.name), .revision = load.version, .why = Label(load.why)};
  event.data.add("tenant", label(load.tenant)).add("revision", load.version);
  if (load.digest) event.data.add("digest", *load.digest);
  (void)ledger_.append(event);
}

}  // namespace srasta::service
