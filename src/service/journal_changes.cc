// The part of the journal that tells of changes, and of visitors at the sign-in.
#include "access/source_limits.h"
#include "service/journal.h"
#include "service/journal_events.h"

namespace srasta::service {
namespace {

using audit::Label;

/// `event` as the record of a change.
audit::Event about(audit::Event event, std::string_view reason, const Journal::Change& change) {
  event.durability = audit::Durability::Must;
  event.data.add("object", Label(std::string_view(change.object)));
  event.data.add("tenant", Label(std::string_view(change.tenant)));
  event.data.add("before", Label(std::string_view(change.before)));
  event.data.add("after", Label(std::string_view(change.after)));
  event.data.add("reason", reason_of(reason));
  return event;
}

audit::Event change_event(const Request& request, const access::Caller& caller,
                          audit::Outcome outcome, std::string_view reason,
                          const Journal::Change& change) {
  return about(event_of(request, &caller, request.route->evidence.act, outcome), reason, change);
}

/// The gateway passes the request on; who acts is its visitor.
audit::Event visit_event(const Request& request, const Journal::Visitor& visitor, audit::Act act,
                         audit::Outcome outcome) {
  audit::Event event = event_of(request, nullptr, act, outcome);
  event.actor.kind = visitor.kind;
  if (visitor.subject.empty()) return event;
  event.actor.id = audit::Subject(visitor.subject);
  event.actor.tenant = Label(visitor.tenant);
  return event;
}

audit::Event visit_event(const Request& request, const Journal::Visitor& visitor, audit::Act act,
                         audit::Outcome outcome, const Journal::Visit& visit) {
  audit::Event event = visit_event(request, visitor, act, outcome);
  if (!visit.method.empty()) event.data.add("method", Label(visit.method));
  if (!visit.client.empty()) event.data.add("client", Label(visit.client));
  if (!visit.issuer.empty()) event.data.add("issuer", Label(visit.issuer));
  event.data.add("reason", reason_of(visit.reason));
  return event;
}

audit::Event platform_event(std::string_view id, audit::Act act, audit::Outcome outcome) {
  audit::Event event{.act = act, .outcome = outcome};
  event.actor.kind = audit::ActorKind::System;
  event.corr.request = Label(id);
  return event;
}

}  // namespace

net::Task<base::Result<audit::Intent>> Journal::may_change(Request& request,
                                                           const access::Caller& caller,
                                                           const Change& change) {
  audit::Event event = change_event(request, caller, audit::Outcome::Allow, {}, change);
  event.policy = rules_of(request, caller);
  auto intent = co_await answer_of<audit::Intent>(
      request.exchange.loop(), [&](audit::Intent::Declared declared) {
        audit::Intent::declare(ledger_, event, std::move(declared));
      });
  if (intent) request.receipt_field = receipt_line(intent->receipt());
  co_return intent;
}

void Journal::changed(const Request& request, const access::Caller& caller, audit::Intent intent,
                      const Change& change, std::string_view reason) {
  const auto outcome = reason.empty() ? audit::Outcome::Ok : audit::Outcome::Error;
  // What the log could not take it counts, and the next start tells of the intent.
  (void)std::move(intent).end(change_event(request, caller, outcome, reason, change));
}

net::Task<void> Journal::change_refused(Request& request, const access::Caller& caller,
                                        std::string_view reason, const Change& change) {
  (void)co_await put_for(request,
                         change_event(request, caller, audit::Outcome::Deny, reason, change));
}

net::Task<base::Result<void>> Journal::visited(Request& request, const Visitor& visitor,
                                               audit::Act act, audit::Durability durability,
                                               const Visit& visit) {
  audit::Event event = visit_event(request, visitor, act, audit::Outcome::Ok, visit);
  event.durability = durability;
  co_return co_await put_for(request, event);
}

void Journal::visit_refused(const Request& request, const Visitor& visitor, audit::Act act,
                            const Visit& visit, std::string_view route) {
  const audit::Reason why = reason_of(visit.reason);
  const base::MonoTime now = request.exchange.loop().now();
  if (!is_recorded(access::source_network(request.client), why, now)) return;
  audit::Event event = visit_event(request, visitor, act, audit::Outcome::Deny, visit);
  event.data.add("route", Label(route));
  (void)ledger_.append(event);
}

void Journal::visit_ended(const Request& request, const Visitor& visitor, audit::Act act,
                          const Visit& visit) {
  (void)ledger_.append(visit_event(request, visitor, act, audit::Outcome::Ok, visit));
}

net::Task<base::Result<audit::Intent>> Journal::may_change(Request& request, const Visitor& visitor,
                                                           audit::Act act, const Change& change) {
  const audit::Event event =
      about(visit_event(request, visitor, act, audit::Outcome::Allow), {}, change);
  auto intent = co_await answer_of<audit::Intent>(
      request.exchange.loop(), [&](audit::Intent::Declared declared) {
        audit::Intent::declare(ledger_, event, std::move(declared));
      });
  if (intent) request.receipt_field = receipt_line(intent->receipt());
  co_return intent;
}

void Journal::changed(const Request& request, const Visitor& visitor, audit::Act act,
                      audit::Intent intent, const Change& change, std::string_view reason) {
  const auto outcome = reason.empty() ? audit::Outcome::Ok : audit::Outcome::Error;
  (void)std::move(intent).end(about(visit_event(request, visitor, act, outcome), reason, change));
}

net::Task<void> Journal::change_refused(Request& request, const Visitor& visitor, audit::Act act,
                                        std::string_view reason, const Change& change) {
  (void)co_await put_for(
      request, about(visit_event(request, visitor, act, audit::Outcome::Deny), reason, change));
}

net::Task<base::Result<audit::Intent>> Journal::platform_changes(net::Loop& loop,
                                                                 std::string_view id,
                                                                 audit::Act act,
                                                                 const Change& change) {
  const audit::Event event = about(platform_event(id, act, audit::Outcome::Allow), {}, change);
  co_return co_await answer_of<audit::Intent>(loop, [&](audit::Intent::Declared declared) {
    audit::Intent::declare(ledger_, event, std::move(declared));
  });
}

void Journal::platform_changed(std::string_view id, audit::Act act, audit::Intent intent,
                               const Change& change, std::string_view reason) {
  const auto outcome = reason.empty() ? audit::Outcome::Ok : audit::Outcome::Error;
  (void)std::move(intent).end(about(platform_event(id, act, outcome), reason, change));
}

}  // namespace srasta::service
