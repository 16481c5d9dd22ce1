#include "tools/approvals.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "json/writer.h"
#include "tools/approval_store.h"
#include "tools/canonical.h"

#include <array>

namespace srasta::tools {

using policy::Reason;

namespace {

constexpr std::array<std::string_view, 2> kNotBound = {"approval", "expectedHead"};
constexpr size_t kIdBytes = 16;
constexpr size_t kLongestChanges = size_t{256} << 10;

std::string hex_of(std::string_view text) {
  return base::to_hex(crypto::bytes_of(crypto::sha256(text)));
}

/// Nothing for arguments that no tool takes.
std::optional<Bound> bound_of(const Call& call) {
  const auto arguments =
      call.arguments ? canonical_json(call.arguments->root(), kNotBound) : std::nullopt;
  if (!arguments || call.judgement.persona == nullptr) return std::nullopt;
  return Bound{.tenant = call.principal.tenant,
               .principal = call.caller.principal().str(),
               .persona = call.judgement.persona->name,
               .tool = std::string(policy::to_string(call.tool)),
               .arguments = hex_of(*arguments),
               .policy = call.policy->policy.digest};
}

Bound with_plan(Bound bound, const Prepared* prepared) {
  if (prepared == nullptr) return bound;
  bound.base = prepared->target.empty() ? prepared->expected : prepared->target;
  if (prepared->plan) bound.effects = base::to_hex(crypto::bytes_of(prepared->plan->digest));
  return bound;
}

/// What the call would do, for who approves; a JSON array.
std::string changes_of(const Prepared* prepared) {
  if (prepared == nullptr) return "[]";
  if (prepared->plan) return effects_json(prepared->plan->changes);
  json::Writer writer;
  writer.begin_array().begin_object().member("ref", prepared->ref);
  writer.member("from", prepared->expected).member("to", prepared->target);
  return writer.end_object().end_array().take();
}

std::optional<std::string> presented_by(const Call& call) {
  if (policy::facts_of(call.tool).argument("approval") == nullptr) return std::nullopt;
  const auto arguments = arguments_of(call);
  const auto id = arguments ? arguments->text("approval") : std::nullopt;
  return id ? std::optional(std::string(*id)) : std::nullopt;
}

service::Journal::ApprovalStep step_of(const Approval& approval) {
  const auto digest = base::from_hex(approval.digest);
  return {.act = audit::Act::ApprovalRequest,
          .approval = approval.id,
          .tool = approval.bound.tool,
          .repository = approval.repository,
          .policy = approval.policy_name,
          .version = static_cast<uint64_t>(approval.policy_version),
          .digest = crypto::digest_from(digest.value_or(""))};
}

}  // namespace

std::vector<std::string> actors_of(const access::Caller& caller) {
  std::vector<std::string> actors = {caller.subject()};
  for (const access::Delegate& delegate : caller.claimed()->facts().delegates) {
    actors.push_back(delegate.subject);
  }
  return actors;
}

void Approvals::tell(const base::Error& error) const {
  parts_.log.error("approvals cannot be kept", {{"reason", std::string_view(error.message)}});
}

net::Task<Reason> Approvals::look(Call& call) {
  const auto id = presented_by(call);
  if (!id) co_return Reason::None;
  const auto bound = bound_of(call);
  if (!bound) co_return Reason::ArgSchema;
  auto looked = co_await find(*id);
  // Without the store nobody is known to have approved anything.
  if (!looked) co_return Reason::ApprovalRequired;
  std::optional<Approval> found = *std::move(looked);
  if (!found) co_return Reason::HandleUnknown;
  const Reason reason = check_presented(*found, *bound, base::unix_seconds(call.now));
  if (reason == Reason::HandleForeign) co_return reason;
  if (reason == Reason::ApprovalStale) co_await spoil(*found);
  call.approval = std::move(found);
  co_return reason;
}

net::Task<Approvals::Passed> Approvals::pass(Call& call, const Prepared* prepared) {
  if (call.approval) co_return co_await use(call, *call.approval, prepared);
  if (call.judgement.effect == policy::Effect::Allow) co_return Passed{};
  auto bound = bound_of(call);
  std::string changes = changes_of(prepared);
  const bool can_be_approved = policy::facts_of(call.tool).argument("approval") != nullptr;
  if (!bound || !can_be_approved) co_return Passed{.reason = Reason::ApprovalRequired};
  // Nobody should approve what he is not shown.
  if (changes.size() > kLongestChanges) co_return Passed{.reason = Reason::PatchTooManyFiles};
  co_return co_await ask(call, with_plan(*std::move(bound), prepared), std::move(changes));
}

net::Task<Approvals::Passed> Approvals::use(const Call& call, const Approval& approval,
                                            const Prepared* prepared) {
  const auto bound = bound_of(call);
  if (!bound) co_return Passed{.reason = Reason::ArgSchema};
  const Reason wrong =
      check_planned(approval, with_plan(*bound, prepared), call.judgement.approvers);
  if (wrong == Reason::ApprovalStale) co_await spoil(approval);
  if (wrong != Reason::None) co_return Passed{.reason = wrong};
  const int64_t now = base::unix_seconds(parts_.clock.wall());
  auto used = co_await parts_.store.use([id = approval.id, now](sql::Connection& database) {
    return ApprovalStore(database).use(id, now);
  });
  if (!used) {
    tell(used.error());
    co_return Passed{.reason = Reason::ApprovalRequired};
  }
  co_return Passed{.reason = *used ? Reason::None : Reason::ApprovalReplayed};
}

net::Task<Approvals::Passed> Approvals::ask(Call& call, Bound bound, std::string changes) {
  const int64_t now = base::unix_seconds(parts_.clock.wall());
  auto equal = co_await parts_.store.use([bound, now](sql::Connection& database) {
    return ApprovalStore(database).find_equal(bound, now);
  });
  if (!equal) {
    tell(equal.error());
    co_return Passed{.reason = Reason::ApprovalRequired};
  }
  std::optional<Approval> known = *std::move(equal);
  if (!known) co_return co_await put(call, make(call, std::move(bound), std::move(changes)));
  const bool denied = known->state == ApprovalState::Denied;
  call.approval = std::move(known);
  co_return Passed{.reason = denied ? Reason::ApprovalDenied : Reason::ApprovalRequired};
}

Approval Approvals::make(const Call& call, Bound bound, std::string changes) const {
  const int64_t now = base::unix_seconds(parts_.clock.wall());
  const policy::Policy& policy = call.policy->policy;
  const policy::Judgement& judgement = call.judgement;
  Approval approval{
      .id = "apr_" + base::to_hex(base::random_bytes(parts_.entropy, kIdBytes)),
      .bound = std::move(bound),
      .requester = call.principal.subject,
      .actors = actors_of(call.caller),
      .repository = judgement.repository != nullptr ? judgement.repository->id : std::string(),
      .policy_name = policy.name,
      .policy_version = policy.version,
      .rules = judgement.rules,
      .approvers = judgement.approvers,
      .changes = std::move(changes),
      .created = now,
      .expires = now + judgement.ttl.count(),
      .nonce = base::to_hex(base::random_bytes(parts_.entropy, kIdBytes))};
  approval.digest = digest_of(approval);
  return approval;
}

net::Task<Approvals::Passed> Approvals::put(Call& call, Approval approval) {
  service::Journal::ApprovalStep step = step_of(approval);
  auto intent = co_await parts_.journal.may_change(call.request, call.caller, step);
  if (!intent) co_return Passed{.not_recorded = true};
  auto added = co_await parts_.store.use(
      [approval](sql::Connection& database) { return ApprovalStore(database).add(approval); });
  const bool kept = added && !*added;
  if (!kept) step.reason = added ? "principal" : "store";
  parts_.journal.changed(call.request, call.caller, *std::move(intent), step);
  if (!added) tell(added.error());
  if (kept) call.approval = std::move(approval);
  const bool too_many = added && *added;
  co_return Passed{.reason = too_many ? Reason::RateLimit : Reason::ApprovalRequired};
}

/// What was approved is not what is there any more, and does not become so again.
net::Task<void> Approvals::spoil(const Approval& approval) {
  Approval stale = approval;
  stale.state = ApprovalState::Stale;
  const auto replaced = co_await replace(approval, std::move(stale));
  (void)replaced;  // told already; it is refused all the same
}

net::Task<base::Result<std::vector<Approval>>> Approvals::list(std::string tenant) {
  auto found = co_await parts_.store.use([tenant = std::move(tenant)](sql::Connection& database) {
    return ApprovalStore(database).list(tenant);
  });
  if (!found) tell(found.error());
  co_return found;
}

net::Task<base::Result<std::optional<Approval>>> Approvals::find(std::string id) {
  auto found = co_await parts_.store.use(
      [id = std::move(id)](sql::Connection& database) { return ApprovalStore(database).find(id); });
  if (!found) tell(found.error());
  co_return found;
}

net::Task<base::Result<bool>> Approvals::replace(Approval before, Approval after) {
  auto replaced = co_await parts_.store.use(
      [before = std::move(before), after = std::move(after)](sql::Connection& database) {
        return ApprovalStore(database).replace(before, after);
      });
  if (!replaced) tell(replaced.error());
  co_return replaced;
}

}  // namespace srasta::tools
