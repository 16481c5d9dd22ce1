#include "service/journal.h"

#include "access/source_limits.h"
#include "service/journal_events.h"

namespace srasta::service {
namespace {

using audit::Label;

/// What `should` evidence may wait for room before it counts as `must`, which is refused then.
constexpr base::Millis kLongestWait{250};
constexpr base::Millis kRetry{5};

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

}  // namespace srasta::service
