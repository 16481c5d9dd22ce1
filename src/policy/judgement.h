#pragma once

#include "access/permission.h"
#include "policy/policy.h"
#include "policy/reason.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::policy {

/// Who calls, as far as policy looks: from the signed identity, never from arguments.
struct Principal {
  std::string subject;
  std::string tenant;
  std::vector<std::string> roles;
  std::vector<std::string> personas;  ///< that count; exactly one, or there is no tool
  access::PermissionSet permissions;  ///< that the credential leaves
};

/// The order in which calls are judged; the first refusal decides.
enum class Gate : uint8_t {
  Switches,
  Persona,
  RoleAndScope,
  Arguments,
  Repository,
  Rules,
  Ref,
  Path,
  Command,
  Size,
  Plan,
  Effects,
  Flow,
  Approval,
};
[[nodiscard]] std::string_view to_string(Gate gate);

/// What one gate found.
struct Step {
  Gate gate = Gate::Switches;
  Effect outcome = Effect::Allow;
  Reason reason = Reason::None;
  std::vector<std::string> rules = {};  ///< ids that decided
};

/// The answer to a call, and how it came about. Zero is deny.
struct Judgement {
  Effect effect = Effect::Deny;
  Reason reason = Reason::DefaultDeny;
  std::vector<std::string> rules = {};
  std::vector<std::string> shadow_rules = {};  ///< that would have denied or asked
  std::vector<Step> steps = {};
  std::vector<Approvers> approvers = {};  ///< of Ask: each of them has to agree
  base::Seconds ttl{0};                   ///< of Ask: the shortest one
  /// Where the call got so far; null before its gate. Of the policy.
  const Persona* persona = nullptr;
  const Repository* repository = nullptr;
  const Command* command = nullptr;
  Limits limits = {};  ///< what is left of them
  /// The caller is not told of the repository, so whatever the reason is, he hears NOT_FOUND.
  bool masked = false;

  [[nodiscard]] bool denied() const { return effect == Effect::Deny; }
};

}  // namespace srasta::policy
