#pragma once

#include "policy/policy.h"
#include "policy/reason.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// When somebody else's word counts for a call (docs/tools.md). Pure.
namespace srasta::tools {

/// What an approval is for: one call, by whom, upon what, and what it does as the gateway worked
/// it out. Digests are SHA-256, hexadecimal.
struct Bound {
  std::string tenant;
  std::string principal;
  std::string persona;
  std::string tool;
  std::string arguments;     ///< digest, without `approval` and `expectedHead`
  std::string base = {};     ///< commit that it is upon; empty: it is upon none
  std::string effects = {};  ///< digest; empty: nothing was planned
  std::string policy;        ///< digest of the document
  friend bool operator==(const Bound&, const Bound&) = default;
};
/// The same for equal calls.
[[nodiscard]] std::string digest_of(const Bound& bound);

enum class ApprovalState : uint8_t { Pending, Approved, Denied, Used, Stale };
[[nodiscard]] std::string_view to_string(ApprovalState state);
[[nodiscard]] std::optional<ApprovalState> find_state(std::string_view name);

/// One person's word.
struct Verdict {
  std::string subject;
  std::vector<std::string> roles;  ///< when it was given
  int64_t at = 0;                  ///< seconds since 1970
  bool approves = false;
};

struct Approval {
  std::string id;
  ApprovalState state = ApprovalState::Pending;
  Bound bound;
  std::string requester;            ///< subject
  std::vector<std::string> actors;  ///< the requester, and who acts for him
  std::string repository = {};
  std::string policy_name;
  int64_t policy_version = 0;
  std::vector<std::string> rules;
  std::vector<policy::Approvers> approvers;  ///< each has to be satisfied
  std::string changes = "[]";                ///< for people: a JSON array, without text of files
  int64_t created = 0;
  int64_t expires = 0;
  std::vector<Verdict> verdicts = {};
  std::string nonce;  ///< two requests for the same call have different digests
  /// Of `bound`, `approvers`, `expires` and `nonce`, made when it was asked for.
  std::string digest = {};
};
/// What `digest` has to be.
[[nodiscard]] std::string digest_of(const Approval& approval);
/// As people and agents are told: "expired" is no state that is stored.
[[nodiscard]] std::string_view shown_state(const Approval& approval, int64_t now);

/// As the database and answers have them: an array of objects.
[[nodiscard]] std::string approvers_json(std::span<const policy::Approvers> approvers);

/// Whether enough of those who approved have the roles; each of `approvers` has to be satisfied,
/// and nobody counts twice for one of them.
[[nodiscard]] bool is_satisfied(std::span<const policy::Approvers> approvers,
                                std::span<const Verdict> verdicts);

/// Whether the call may go on to its plan; None: yes. `asked` without base and effects.
[[nodiscard]] policy::Reason check_presented(const Approval& approval, const Bound& asked,
                                             int64_t now);
/// Whether what was planned is what was approved. `needed`: whom the policy asks for now.
[[nodiscard]] policy::Reason check_planned(const Approval& approval, const Bound& planned,
                                           std::span<const policy::Approvers> needed);

/// Somebody who would approve or deny.
struct Decider {
  std::string tenant;
  std::string principal;
  std::vector<std::string> actors;  ///< himself, and who acts for him
  std::vector<std::string> roles;
};
/// Whether one of the approval's entries waits for such a one.
[[nodiscard]] bool concerns(const Approval& approval, const Decider& decider);
/// None: he may. NotFound: he is not told of it.
[[nodiscard]] policy::Reason check_decider(const Approval& approval, const Decider& decider,
                                           int64_t now);
/// The state after one more verdict, which the approval then has.
void decide(Approval& approval, Verdict verdict);

}  // namespace srasta::tools
