#include "service/open_answers.h"

namespace srasta::service {

OpenAnswers::Entry::Entry(OpenAnswers& all, const access::Caller& caller,
                          access::Permission permission, net::Scope& scope)
    : all_(all), caller_(caller), permission_(permission), scope_(scope), next_(all.first_) {
  if (next_ != nullptr) next_->previous_ = this;
  all_.first_ = this;
  const bool same_rules = !all.snapshot_ || !all.snapshot_->access ||
                          all.snapshot_->access->revision() == caller.revision();
  if (!same_rules) cut_ = judge(*this, *all.snapshot_);
}

OpenAnswers::Entry::~Entry() {
  (previous_ != nullptr ? previous_->next_ : all_.first_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

void OpenAnswers::recheck(std::shared_ptr<const identity::IdentitySnapshot> snapshot) {
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

std::optional<std::string_view> OpenAnswers::judge(const Entry& entry,
                                                   const identity::IdentitySnapshot& snapshot) {
  const auto now = identity::readmit(entry.caller_, snapshot);
  if (now) {
    const bool permitted = (*now)->permissions().contains(entry.permission_);
    return permitted ? std::nullopt : std::optional<std::string_view>("role_removed");
  }
  switch (now.error()) {
    case identity::TokenFault::Revoked:
      return "key_revoked";
    case identity::TokenFault::Disabled:
      return "disabled";
    case identity::TokenFault::DelegateDisabled:
      return "actor_disabled";
    case identity::TokenFault::AccessStale:
      return "access_stale";
    default:
      return "role_removed";
  }
}

}  // namespace srasta::service
