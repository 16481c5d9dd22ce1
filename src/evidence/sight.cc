#include "evidence/sight.h"

#include "audit/event.h"
#include "audit/stored_records.h"
#include "base/encoding.h"
#include "crypto/hash.h"

namespace srasta::evidence {
namespace {

/// A subject as records have it.
std::string recorded(const std::string& subject) {
  const audit::Subject id{std::string_view(subject)};
  return id.hashed() ? "sha256:" + base::to_hex(crypto::bytes_of(crypto::sha256(id.view())))
                     : std::string(id.view());
}

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

bool is_own(std::string_view line, const access::Caller& caller) {
  const std::string id = recorded(caller.subject());
  const std::string_view tenant = caller.tenant().view();
  if (id == audit::kNobody || !is_named(tenant)) return false;
  return audit::actor_of(line) ==
         audit::StoredActor{.id = id, .kind = audit::to_string(kind_of(caller)), .tenant = tenant};
}

}  // namespace srasta::evidence
