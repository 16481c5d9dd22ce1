#include "service/journal.h"

#include "access/source_limits.h"
#include "http/trace_context.h"
#include "net/blocking.h"

namespace srasta::service {
namespace {

using audit::Label;

/// What `should` evidence may wait for room before it counts as `must`, which is refused then.
constexpr base::Millis kLongestWait{250};
constexpr base::Millis kRetry{5};

/// How records name somebody who is named by his id.
const std::optional<audit::Commitment> kById = std::nullopt;

/// An id, or its commitment. Refers to both.
audit::Subject subject_of(const std::optional<audit::Commitment>& commitment, std::string_view id) {
  return commitment ? audit::Subject(*commitment) : audit::Subject(id);
}
audit::Subject subject_of(std::optional<audit::Commitment>&&, std::string_view) = delete;

audit::Actor actor_of(const Request& request, const access::Caller* caller) {
  audit::Actor actor;
  if (caller == nullptr) return actor;
  actor.id = subject_of(request.commitment, caller->subject());
  actor.kind = !caller->key_id().empty()                       ? audit::ActorKind::Key
               : caller->kind() == access::CallerKind::Service ? audit::ActorKind::Service
                                                               : audit::ActorKind::User;
  for (const base::RoleName& role : caller->roles()) actor.roles.add(Label(role));
  actor.tenant = Label(caller->tenant());
  const auto& names = request.delegate_commitments;
  const std::vector<access::Delegate>& delegates = caller->claimed()->facts().delegates;
  for (size_t i = 0; i < delegates.size(); ++i) {
    actor.via.add(subject_of(i < names.size() ? names[i] : kById, delegates[i].subject));
  }
  return actor;
}

/// A name that is not in the closed list would be a defect of this program; the record says so.
audit::Reason reason_of(std::string_view name) {
  if (name.empty()) return audit::Reason::None;
  return audit::find_reason(name).value_or(audit::Reason::Unlisted);
}

audit::SeenHead seen_in(const Request& request) {
  const identity::AuditHead& seen = request.sender_head;
  return {
      .stream = Label(std::string_view(seen.stream)), .records = seen.records, .leaf = seen.leaf};
}

audit::Event event_of(const Request& request, const access::Caller* caller, audit::Act act,
                      audit::Outcome outcome) {
  audit::Event event{.act = act, .outcome = outcome, .durability = audit::Durability::Should};
  event.actor = actor_of(request, caller);
  event.corr.request = Label(request.id);
  if (const auto parent = http::find_trace_parent(request.exchange.head().fields)) {
    event.corr.trace = Label(http::trace_id_of(*parent));
    event.corr.span = Label(http::parent_id_of(*parent));
  } else if (request.trace) {
    event.corr.trace = Label(request.trace->trace_id());
    event.corr.span = Label(request.trace->span_id());
  }
  event.seen = seen_in(request);
  return event;
}

/// The rules that were asked, and for which permission.
audit::PolicyRef rules_of(const Request& request, const access::Caller& caller) {
  const auto needed = request.route == nullptr ? std::nullopt : request.route->access.permission();
  return {.id = Label("access"),
          .revision = caller.revision(),
          .why = Label(needed ? to_string(*needed) : std::string_view())};
}

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

std::string receipt_line(const audit::Receipt& receipt) {
  return "X-Srasta-Audit: " + to_string(receipt) + "\r\n";
}

/// What the ledger reports to the sender that `ask` is called with.
template <typename Reported, typename Ask>
net::Task<base::Result<Reported>> answer_of(net::Loop& loop, Ask ask) {
  net::Scope scope(loop);
  net::Delivery<base::Result<Reported>> answer(loop);
  ask(answer.sender());
  // The ledger answers within its own bound, whatever the disk does.
  auto reported = co_await answer.receive(scope, base::MonoTime::max());
  co_return std::move(reported).value_or(
      base::make_error(base::Code::Unavailable, "the audit log did not answer"));
}

}  // namespace

bool Journal::is_recorded(std::string_view network, audit::Reason reason, base::MonoTime now) {
  if (!ledger_.space_is_scarce()) return floods_.admit(network, reason, clock_.wall(), now);
  floods_.count(network, reason, clock_.wall(), now);
  return false;
}

net::Task<void> Journal::refused(Request& request, const access::Caller* caller, audit::Act act,
                                 std::string_view reason) {
  const audit::Reason why = reason_of(reason);
  const base::MonoTime now = request.exchange.loop().now();
  if (caller == nullptr && !is_recorded(access::source_network(request.client), why, now)) {
    co_return;
  }
  audit::Event event = event_of(request, caller, act, audit::Outcome::Deny);
  if (caller != nullptr && act == audit::Act::AuthzDeny) event.policy = rules_of(request, *caller);
  event.data.add("reason", why);
  if (request.route != nullptr) event.data.add("route", Label(request.route->path));
  // The ledger counts what it refused. A stranger does not make it sync.
  if (caller == nullptr || request.receipt_wish != ReceiptWish::Wait) {
    (void)ledger_.append(event);
  } else {
    (void)co_await put_for(request, event);
  }
}

void Journal::refused_stranger(const Request& request, const Stranger& stranger, audit::Act act,
                               std::string_view reason) {
  audit::Event event = event_of(request, nullptr, act, audit::Outcome::Deny);
  event.actor.id = subject_of(request.commitment, stranger.subject);
  event.actor.tenant = Label(stranger.tenant);
  event.actor.kind = audit::ActorKind::User;
  event.data.add("reason", reason_of(reason));
  if (request.route != nullptr) event.data.add("route", Label(request.route->path));
  (void)ledger_.append(event);
}

void Journal::stripped(const Request& request, const access::Caller* caller, size_t count) {
  const base::MonoTime now = request.exchange.loop().now();
  if (caller == nullptr &&
      !is_recorded(access::source_network(request.client), audit::Reason::PlatformFields, now)) {
    return;
  }
  audit::Event event = event_of(request, caller, audit::Act::HttpStrip, audit::Outcome::Ok);
  event.data.add("count", count);
  (void)ledger_.append(event);
}

void Journal::connection_refused(audit::Word limit, std::string_view source, base::MonoTime now) {
  if (!is_recorded(source, audit::Reason::Overloaded, now)) return;
  audit::Event event{.act = audit::Act::LimitHit,
                     .outcome = audit::Outcome::Deny,
                     .durability = audit::Durability::Should};
  event.data.add("limit", limit);
  event.data.add("reason", audit::Reason::Overloaded);
  (void)ledger_.append(event);
}

net::Task<base::Result<audit::Intent>> Journal::config_changes(net::Loop& loop, std::string_view id,
                                                               const crypto::Digest& before,
                                                               const crypto::Digest& after) {
  audit::Event event{.act = audit::Act::ConfigChangeIntent, .outcome = audit::Outcome::Allow};
  event.actor.kind = audit::ActorKind::System;
  event.corr.request = Label(id);
  event.data.add("after", after).add("before", before);
  co_return co_await answer_of<audit::Intent>(loop, [&](audit::Intent::Declared declared) {
    audit::Intent::declare(ledger_, event, std::move(declared));
  });
}

void Journal::config_changed(audit::Intent intent, bool in_force) {
  audit::Event event{.act = audit::Act::ConfigChangeOutcome,
                     .outcome = in_force ? audit::Outcome::Ok : audit::Outcome::Error};
  event.actor.kind = audit::ActorKind::System;
  // What the log could not take it counts, and the next start tells of the intent.
  (void)std::move(intent).end(event);
}

net::Task<base::Result<void>> Journal::access_changes(net::Loop& loop, uint64_t revision,
                                                      std::optional<crypto::Digest> before,
                                                      const crypto::Digest& after) {
  audit::Event event{.act = audit::Act::AccessChange, .outcome = audit::Outcome::Ok};
  event.actor.kind = audit::ActorKind::System;
  event.data.add("after", after);
  if (before) event.data.add("before", *before);
  event.data.add("revision", revision);
  co_return co_await put_awaited(loop, event);
}

void Journal::set_floods(audit::FloodGate::Limits limits, base::MonoTime now) {
  record_floods(now);
  floods_ = audit::FloodGate(limits);
}

void Journal::record_floods(base::MonoTime now) {
  for (const audit::Flood& flood : floods_.take_ended(now)) {
    (void)ledger_.append(audit::flood_event(flood));
  }
}

net::Task<void> Journal::failed(Request& request, const access::Caller& caller, audit::Act act,
                                std::string_view reason) {
  audit::Event event = event_of(request, &caller, act, audit::Outcome::Error);
  event.data.add("reason", reason_of(reason));
  (void)co_await put_for(request, event);
}

void Journal::shown(const Request& request) {
  ledger_.note_seen(seen_in(request));
}

net::Task<base::Result<void>> Journal::served(Request& request, const access::Caller& caller) {
  audit::Event event = event_of(request, &caller, request.route->evidence.act, audit::Outcome::Ok);
  event.durability = request.route->evidence.durability;
  co_return co_await put_for(request, event);
}

net::Task<base::Result<void>> Journal::forwards(Request& request, const access::Caller& caller,
                                                std::string_view service) {
  audit::Event event = event_of(request, &caller, audit::Act::HttpForward, audit::Outcome::Allow);
  event.policy = rules_of(request, caller);
  event.data.add("route", Label(request.route->path)).add("service", Label(service));
  co_return co_await put_for(request, event);
}

net::Task<base::Result<void>> Journal::may_act(Request& request, const access::Caller& caller) {
  audit::Event event = event_of(request, &caller, request.route->evidence.act, audit::Outcome::Ok);
  event.durability = audit::Durability::Must;
  co_return co_await put_with_receipt(request, event);
}

net::Task<base::Result<void>> Journal::log_read(Request& request, const access::Caller& caller,
                                                audit::Act act, const LogRead& read) {
  audit::Event event = event_of(request, &caller, act, read.outcome);
  event.durability = read.durability;
  event.data.add("reason", reason_of(read.reason)).add("stream", Label(read.stream));
  if (read.filters) event.data.add("filters", *read.filters);
  if (read.from_seq) event.data.add("from_seq", *read.from_seq);
  if (read.to_seq) event.data.add("to_seq", *read.to_seq);
  if (read.records) event.data.add("records", *read.records);
  if (read.proofs) event.data.add("proofs", *read.proofs);
  co_return co_await put_for(request, event);
}

void Journal::auth_ok(const Request& request, const access::Caller& caller) {
  audit::Event event = event_of(request, &caller, audit::Act::AuthOk, audit::Outcome::Ok);
  event.data.add("token", Label(std::string_view(caller.token_digest())));
  (void)ledger_.append(event);
}

net::Task<base::Result<void>> Journal::auth_privileged(const Request& request,
                                                       const access::Caller& caller) {
  audit::Event event = event_of(request, &caller, audit::Act::AuthPrivileged, audit::Outcome::Ok);
  event.durability = audit::Durability::Must;
  event.data.add("token", Label(std::string_view(caller.token_digest())));
  co_return co_await put_awaited(request.exchange.loop(), event);
}

void Journal::keys_loaded(std::string_view issuer, size_t keys, size_t skipped) {
  audit::Event event{.act = audit::Act::AuthKeysRefresh,
                     .outcome = audit::Outcome::Ok,
                     .durability = audit::Durability::Should};
  event.actor.kind = audit::ActorKind::System;
  event.data.add("issuer", Label(issuer)).add("keys", keys).add("skipped", skipped);
  (void)ledger_.append(event);
}

void Journal::keys_failed(std::string_view issuer, std::string_view reason) {
  audit::Event event{.act = audit::Act::AuthKeysFail,
                     .outcome = audit::Outcome::Error,
                     .durability = audit::Durability::Should};
  event.actor.kind = audit::ActorKind::System;
  event.data.add("issuer", Label(issuer)).add("reason", reason_of(reason));
  (void)ledger_.append(event);
}

void Journal::upstream_state(std::string_view upstream, bool reachable) {
  audit::Event event{.act = audit::Act::UpstreamState,
                     .outcome = reachable ? audit::Outcome::Ok : audit::Outcome::Error,
                     .durability = audit::Durability::Should};
  event.actor.kind = audit::ActorKind::System;
  event.data.add("upstream", Label(upstream));
  event.data.add("reachable", reachable);
  (void)ledger_.append(event);
}

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

void Journal::license_state(std::string_view license, std::string_view before,
                            std::string_view after, std::string_view problem) {
  audit::Event event{.act = audit::Act::LicenseState,
                     .outcome = problem.empty() ? audit::Outcome::Ok : audit::Outcome::Error};
  event.actor.kind = audit::ActorKind::System;
  event.data.add("object", Label(license)).add("before", Label(before)).add("after", Label(after));
  event.data.add("reason", reason_of(problem));
  (void)ledger_.append(event);
}

net::Task<bool> Journal::has_room(net::Loop& loop) const {
  net::Scope scope(loop, loop.now() + kLongestWait);
  while (!ledger_.accepting()) {
    if (!ledger_.healthy() || loop.now() >= scope.deadline()) co_return false;
    (void)co_await net::Sleep(scope, kRetry);
  }
  co_return true;
}

net::Task<base::Result<void>> Journal::put(net::Loop& loop, const audit::Event& event) {
  if (ledger_.try_append(event)) co_return base::Result<void>();
  net::Scope scope(loop, loop.now() + kLongestWait);
  while (ledger_.healthy() && loop.now() < scope.deadline()) {
    (void)co_await net::Sleep(scope, kRetry);
    if (ledger_.try_append(event)) co_return base::Result<void>();
  }
  // The last attempt counts as a loss, which the ledger reports once it can.
  co_return ledger_.append(event);
}

net::Task<base::Result<void>> Journal::put_for(Request& request, const audit::Event& event) {
  const bool first = request.receipt_field.empty();
  if (event.durability == audit::Durability::Must ||
      (request.receipt_wish == ReceiptWish::Wait && first)) {
    co_return co_await put_with_receipt(request, event);
  }
  co_return co_await put(request.exchange.loop(), event);
}

net::Task<base::Result<void>> Journal::put_awaited(net::Loop& loop, const audit::Event& event) {
  const auto receipt = co_await put_durably(loop, event);
  co_return receipt ? base::Result<void>() : base::Result<void>(receipt.error());
}

net::Task<base::Result<void>> Journal::put_with_receipt(Request& request,
                                                        const audit::Event& event) {
  const auto receipt = co_await put_durably(request.exchange.loop(), event);
  if (!receipt) co_return receipt.error();
  request.receipt_field = receipt_line(*receipt);
  co_return base::Result<void>();
}

net::Task<base::Result<audit::Receipt>> Journal::put_durably(net::Loop& loop,
                                                             const audit::Event& event) {
  co_return co_await answer_of<audit::Receipt>(loop, [&](audit::Ledger::Completion done) {
    ledger_.append_durable(event, std::move(done));
  });
}

net::Task<base::Result<void>> Journal::inference_request(Request& request,
                                                         const access::Caller& caller,
                                                         const InferenceStart& start) {
  audit::Event event =
      event_of(request, &caller, audit::Act::InferenceRequest, audit::Outcome::Allow);
  event.policy = rules_of(request, caller);
  event.data.add("asked", Label(start.asked));
  event.data.add("upstream", Label(start.upstream));
  event.data.add("model", Label(start.model));
  event.data.add("stream", start.stream);
  co_return co_await put_for(request, event);
}

net::Task<void> Journal::inference_end(const Request& request, const access::Caller& caller,
                                       audit::Act act, std::string_view reason,
                                       const InferenceEnd& end) {
  audit::Event event = event_of(request, &caller, act, end.outcome);
  event.data.add("reason", reason_of(reason));
  event.data.add("upstream", Label(end.upstream));
  event.data.add("model", Label(end.model));
  event.data.add("status", end.status);
  event.data.add("input_tokens", end.input_tokens);
  event.data.add("output_tokens", end.output_tokens);
  event.data.add("usage_reported", end.usage_reported);
  event.data.add("bytes_out", end.bytes_out);
  if (end.tries > 1) event.data.add("tries", end.tries);
  if (end.charge) {
    event.data.add("charged", end.charge->tokens).add("estimated", end.charge->estimated);
  }
  (void)co_await put(request.exchange.loop(), event);
}

void Journal::inference_egress(const Request& request, const access::Caller& caller,
                               const InferenceEgress& egress) {
  audit::Event event = event_of(request, &caller, audit::Act::InferenceEgress, audit::Outcome::Ok);
  event.data.add("upstream", Label(egress.upstream));
  event.data.add("destination", Label(egress.destination));
  event.data.add("bytes_out", egress.bytes_out);
  event.data.add("bytes_in", egress.bytes_in);
  (void)ledger_.append(event);
}

}  // namespace srasta::service
