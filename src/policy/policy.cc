#include "policy/policy.h"

#include <algorithm>
#include <chrono>

namespace srasta::policy {
namespace {

template <typename T>
const T* named(const std::vector<T>& all, std::string_view name, std::string T::* member) {
  const auto found = std::ranges::find(all, name, member);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_string(Label label) {
  switch (label) {
    case Label::Public:
      return "public";
    case Label::Internal:
      return "internal";
    case Label::Confidential:
      return "confidential";
    case Label::Restricted:
      return "restricted";
  }
  return "restricted";
}

std::string_view to_string(SandboxTier tier) {
  switch (tier) {
    case SandboxTier::T3:
      return "T3";
    case SandboxTier::T1:
      return "T1";
    case SandboxTier::T1c:
      return "T1c";
  }
  return "T1c";
}

std::string_view to_string(Effect effect) {
  switch (effect) {
    case Effect::Allow:
      return "allow";
    case Effect::Ask:
      return "ask";
    case Effect::Deny:
      return "deny";
  }
  return "deny";
}

bool HourWindow::contains(base::WallTime now) const {
  constexpr int kMinutesOfDay = 24 * 60;
  const auto minutes = std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()).count();
  const int of_day = static_cast<int>(((minutes % kMinutesOfDay) + kMinutesOfDay) % kMinutesOfDay);
  return from <= to ? of_day >= from && of_day < to : of_day >= from || of_day < to;
}

const RoleRule* Policy::role(std::string_view wanted) const {
  return named(roles, wanted, &RoleRule::name);
}

const Persona* Policy::persona(std::string_view wanted) const {
  return named(personas, wanted, &Persona::name);
}

const Repository* Policy::repository(std::string_view id) const {
  return named(repositories, id, &Repository::id);
}

const Command* Policy::command(std::string_view id) const {
  return named(commands, id, &Command::id);
}

}  // namespace srasta::policy
