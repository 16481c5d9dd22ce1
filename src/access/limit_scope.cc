#include "access/limit_scope.h"

#include "access/model_grant.h"

#include <algorithm>

namespace srasta::access {

std::string_view to_string(LimitPer per) {
  switch (per) {
    case LimitPer::Principal:
      return "principal";
    case LimitPer::Key:
      return "key";
    case LimitPer::Tenant:
      return "tenant";
    case LimitPer::Model:
      return "model";
  }
  return "principal";
}

bool LimitScope::covers(const LimitSubject& subject) const {
  const auto is_subjects = [&subject](const base::TenantId& tenant) {
    return tenant.view() == subject.tenant;
  };
  if (!tenants.empty() && std::ranges::none_of(tenants, is_subjects)) return false;
  if (!roles.empty() && std::ranges::find_first_of(roles, subject.roles) == roles.end()) {
    return false;
  }
  if (models.empty()) return true;
  return !subject.model.empty() &&
         std::ranges::any_of(models, [&subject](const std::string& pattern) {
           return matches_pattern(pattern, subject.model);
         });
}

std::optional<std::string_view> counted_name(LimitPer per, const LimitSubject& subject) {
  const auto if_any = [](std::string_view name) {
    return name.empty() ? std::nullopt : std::optional(name);
  };
  switch (per) {
    case LimitPer::Principal:
      return subject.principal;
    case LimitPer::Key:
      return if_any(subject.key);
    case LimitPer::Tenant:
      return subject.tenant;
    case LimitPer::Model:
      return if_any(subject.model);
  }
  return subject.principal;
}

}  // namespace srasta::access
