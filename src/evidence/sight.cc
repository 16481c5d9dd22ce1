#include "evidence/sight.h"

#include "audit/event.h"
#include "audit/stored_records.h"

namespace srasta::evidence {
namespace {

audit::ActorKind kind_of(const access::Caller& caller) {
  if (!caller.key_id().empty()) return audit::ActorKind::Key;
  return caller.kind() == access::CallerKind::Service ? audit::ActorKind::Service
                                                      : audit::ActorKind::User;
}

bool is_named(std::string_view text) {
  return !text.empty() && text != audit::kNobody && audit::Label::is_label(text);
}

}  // namespace

std::optional<std::string> sight_of(const access::Caller& caller) {
  const std::string_view tenant = caller.tenant().view();
  if (tenant == kPlatformTenant) return std::string();
  // What is no label is recorded as "-", which is nobody's.
  return is_named(tenant) ? std::optional(std::string(tenant)) : std::nullopt;
}

bool is_own(std::string_view line, const access::Caller& caller,
            const std::optional<audit::Commitment>& commitment) {
  const std::string_view id =
      commitment ? commitment->view() : audit::Subject(std::string_view(caller.subject())).view();
  const std::string_view tenant = caller.tenant().view();
  if (id == audit::kNobody || !is_named(tenant)) return false;
  return audit::actor_of(line) ==
         audit::StoredActor{.id = id, .kind = audit::to_string(kind_of(caller)), .tenant = tenant};
}

}  // namespace srasta::evidence
