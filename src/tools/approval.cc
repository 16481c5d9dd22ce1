#include "tools/approval.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "json/writer.h"

#include <algorithm>
#include <array>
#include <set>

namespace srasta::tools {

using policy::Approvers;
using policy::Reason;

namespace {

constexpr std::array<std::string_view, 5> kStates = {"pending", "approved", "denied", "used",
                                                     "stale"};

std::string hex_of(std::string_view text) {
  return base::to_hex(crypto::bytes_of(crypto::sha256(text)));
}

bool have_one_in_common(std::span<const std::string> a, std::span<const std::string> b) {
  return std::ranges::any_of(
      a, [&](const std::string& one) { return std::ranges::find(b, one) != b.end(); });
}

/// Without roles everybody counts who may approve at all.
bool counts_for(const Approvers& approvers, std::span<const std::string> roles) {
  return approvers.roles.empty() || have_one_in_common(approvers.roles, roles);
}

bool is_own(const Approval& approval, const Decider& decider) {
  return decider.principal == approval.bound.principal ||
         have_one_in_common(approval.actors, decider.actors);
}

}  // namespace

std::string digest_of(const Bound& bound) {
  json::Writer writer;
  writer.begin_object().member("arguments", bound.arguments).member("base", bound.base);
  writer.member("effects", bound.effects).member("persona", bound.persona);
  writer.member("policy", bound.policy).member("principal", bound.principal);
  writer.member("tenant", bound.tenant).member("tool", bound.tool);
  return hex_of(writer.end_object().take());
}

std::string_view to_string(ApprovalState state) {
  return kStates[static_cast<size_t>(state)];
}

std::optional<ApprovalState> find_state(std::string_view name) {
  const auto found = std::ranges::find(kStates, name);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<ApprovalState>(found - kStates.begin());
}

std::string approvers_json(std::span<const Approvers> approvers) {
  json::Writer writer;
  writer.begin_array();
  for (const Approvers& each : approvers) {
    writer.begin_object().member("count", each.count).member("roles", each.roles).end_object();
  }
  return writer.end_array().take();
}

std::string digest_of(const Approval& approval) {
  json::Writer writer;
  writer.begin_object().key("approvers").raw(approvers_json(approval.approvers));
  writer.member("bound", digest_of(approval.bound));
  writer.member("expires", approval.expires).member("nonce", approval.nonce);
  return hex_of(writer.end_object().take());
}

std::string_view shown_state(const Approval& approval, int64_t now) {
  const bool open =
      approval.state == ApprovalState::Pending || approval.state == ApprovalState::Approved;
  return open && now >= approval.expires ? "expired" : to_string(approval.state);
}

bool is_satisfied(std::span<const Approvers> approvers, std::span<const Verdict> verdicts) {
  if (approvers.empty()) return false;
  return std::ranges::all_of(approvers, [&](const Approvers& each) {
    std::set<std::string_view> agreed;
    for (const Verdict& verdict : verdicts) {
      if (verdict.approves && counts_for(each, verdict.roles)) agreed.insert(verdict.subject);
    }
    return each.count > 0 && static_cast<int64_t>(agreed.size()) >= each.count;
  });
}

Reason check_presented(const Approval& approval, const Bound& asked, int64_t now) {
  const Bound& bound = approval.bound;
  if (bound.tenant != asked.tenant || bound.principal != asked.principal) {
    return Reason::HandleForeign;
  }
  if (approval.state == ApprovalState::Used) return Reason::ApprovalReplayed;
  if (approval.state == ApprovalState::Denied) return Reason::ApprovalDenied;
  if (now >= approval.expires) return Reason::ApprovalExpired;
  const bool same = bound.persona == asked.persona && bound.tool == asked.tool &&
                    bound.arguments == asked.arguments && digest_of(approval) == approval.digest;
  if (!same) return Reason::ApprovalMismatch;
  if (approval.state == ApprovalState::Stale || bound.policy != asked.policy) {
    return Reason::ApprovalStale;
  }
  return approval.state == ApprovalState::Approved ? Reason::None : Reason::ApprovalRequired;
}

Reason check_planned(const Approval& approval, const Bound& planned,
                     std::span<const Approvers> needed) {
  if (approval.bound.base != planned.base) return Reason::ApprovalStale;
  if (approval.bound != planned) return Reason::ApprovalMismatch;
  // What the policy asks for may depend on the hour.
  const bool enough = is_satisfied(approval.approvers, approval.verdicts) &&
                      (needed.empty() || is_satisfied(needed, approval.verdicts));
  return enough ? Reason::None : Reason::ApprovalMismatch;
}

bool concerns(const Approval& approval, const Decider& decider) {
  if (approval.bound.tenant != decider.tenant) return false;
  return std::ranges::any_of(
      approval.approvers, [&](const Approvers& each) { return counts_for(each, decider.roles); });
}

Reason check_decider(const Approval& approval, const Decider& decider, int64_t now) {
  if (approval.bound.tenant != decider.tenant) return Reason::NotFound;
  if (is_own(approval, decider)) return Reason::ApprovalSelf;
  if (!concerns(approval, decider)) return Reason::NotFound;
  if (approval.state == ApprovalState::Stale) return Reason::ApprovalStale;
  if (approval.state != ApprovalState::Pending) return Reason::ApprovalReplayed;
  if (now >= approval.expires) return Reason::ApprovalExpired;
  const auto spoke =
      std::ranges::find(approval.verdicts, decider.actors.front(), &Verdict::subject);
  return spoke == approval.verdicts.end() ? Reason::None : Reason::ApprovalReplayed;
}

void decide(Approval& approval, Verdict verdict) {
  const bool approves = verdict.approves;
  approval.verdicts.push_back(std::move(verdict));
  if (!approves) {
    approval.state = ApprovalState::Denied;
  } else if (is_satisfied(approval.approvers, approval.verdicts)) {
    approval.state = ApprovalState::Approved;
  }
}

}  // namespace srasta::tools
