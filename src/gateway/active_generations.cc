#include "gateway/active_generations.h"

namespace srasta::gateway {

using service::ErrorCode;

ActiveGenerations::Entry::Entry(ActiveGenerations& all, const access::Caller& caller,
                                access::Permission permission, access::ModelUse use,
                                net::Scope& scope)
    : all_(all),
      caller_(caller),
      permission_(permission),
      use_(use),
      scope_(scope),
      next_(all.first_) {
  if (next_ != nullptr) next_->previous_ = this;
  all_.first_ = this;
  const bool same_rules = !all.snapshot_ || !all.snapshot_->access ||
                          all.snapshot_->access->revision() == caller.revision();
  if (!same_rules) cut_ = judge(*this, *all.snapshot_);
}

ActiveGenerations::Entry::~Entry() {
  (previous_ != nullptr ? previous_->next_ : all_.first_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

void ActiveGenerations::recheck(std::shared_ptr<const identity::IdentitySnapshot> snapshot) {
  // New keys of an issuer change nobody's rights.
  const bool same_rules = snapshot_ && snapshot_->access_serial == snapshot->access_serial;
  snapshot_ = std::move(snapshot);
  if (same_rules) return;
  for (Entry* entry = first_; entry != nullptr; entry = entry->next_) {
    if (entry->cut_) continue;
    entry->cut_ = judge(*entry, *snapshot_);
    if (entry->cut_) entry->scope_.cancel();
  }
}

std::optional<Cut> ActiveGenerations::judge(const Entry& entry,
                                            const identity::IdentitySnapshot& snapshot) {
  const auto now = identity::readmit(entry.caller_, snapshot);
  if (!now) {
    switch (now.error()) {
      case identity::TokenFault::Revoked:
        return Cut{ErrorCode::KeyRevoked, "key_revoked"};
      case identity::TokenFault::Disabled:
        return Cut{ErrorCode::PrincipalDisabled, "disabled"};
      case identity::TokenFault::DelegateDisabled:
        return Cut{ErrorCode::PrincipalDisabled, "actor_disabled"};
      case identity::TokenFault::AccessStale:
        return Cut{ErrorCode::IdentityUnavailable, "access_stale"};
      default:
        return Cut{ErrorCode::RoleRemoved, "role_removed"};
    }
  }
  const bool same_roles = (*now)->roles() == entry.caller_.roles();
  const bool permitted = (*now)->permissions().contains(entry.permission_);
  if (permitted && (*now)->models().allows(entry.use_)) return std::nullopt;
  if (permitted && same_roles) return Cut{ErrorCode::PolicyChanged, "policy_changed"};
  return Cut{ErrorCode::RoleRemoved, "role_removed"};
}

}  // namespace srasta::gateway
