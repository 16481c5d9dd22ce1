#include "access/limit_scope.h"

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
  if (tenant && tenant->view() != subject.tenant) return false;
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

bool matches_pattern(std::string_view pattern, std::string_view text) {
  constexpr size_t kNone = std::string_view::npos;
  size_t at = 0;
  size_t star = kNone;
  size_t resume = 0;
  size_t i = 0;
  while (i < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      resume = i;
    } else if (at < pattern.size() && pattern[at] == text[i]) {
      ++at;
      ++i;
    } else if (star != kNone) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == kNone;
}

}  // namespace srasta::access
