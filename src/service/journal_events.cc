#include "service/journal_events.h"

#include "http/trace_context.h"

namespace srasta::service {
namespace {

using audit::Label;

/// How records name somebody who is named by his id.
const std::optional<audit::Commitment> kById = std::nullopt;

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

}  // namespace

audit::Subject subject_of(const std::optional<audit::Commitment>& commitment, std::string_view id) {
  return commitment ? audit::Subject(*commitment) : audit::Subject(id);
}

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

audit::PolicyRef rules_of(const Request& request, const access::Caller& caller) {
  const auto needed = request.route == nullptr ? std::nullopt : request.route->access.permission();
  return {.id = Label("access"),
          .revision = caller.revision(),
          .why = Label(needed ? to_string(*needed) : std::string_view())};
}

std::string receipt_line(const audit::Receipt& receipt) {
  return "X-Srasta-Audit: " + to_string(receipt) + "\r\n";
}

}  // namespace srasta::service
