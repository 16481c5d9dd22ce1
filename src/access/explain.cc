#include "access/explain.h"

#include "access/decision.h"
#include "access/principal.h"

#include <fmt/format.h>

namespace srasta::access {
namespace {

std::string joined(const std::vector<base::RoleName>& roles) {
  std::string text;
  for (const base::RoleName& role : roles) text += (text.empty() ? "" : ", ") + role.str();
  return text;
}

Explanation barred(Barred why, const base::TenantId& tenant) {
  switch (why) {
    case Barred::TenantUnknown:
      return {.rule = fmt::format("tenant {} is not registered", tenant.view()),
              .reason = "tenant_unmapped"};
    case Barred::TenantSuspended:
      return {.rule = fmt::format("tenant {} is suspended", tenant.view()), .reason = "disabled"};
    case Barred::Disabled:
      return {.rule = "access.users disables this caller", .reason = "disabled"};
    case Barred::DelegateDisabled:
      return {.rule = "access.users disables who acts for this caller", .reason = "actor_disabled"};
    case Barred::NoRole:
    case Barred::GroupsOverage:
      return {.rule = "none of the roles exists here or counts for this caller",
              .reason = "no_role"};
    case Barred::KeyRevoked:
      return {.rule = "access.keys does not have this key", .reason = "revoked"};
    case Barred::NotOwnPersona:
      return {.rule = "the persona is not one of the caller's own", .reason = "persona"};
  }
  return {};
}

/// The facts that a credential as the question describes it would give.
Claimed::Facts facts_of(const AccessSnapshot& snapshot, const Question& question) {
  Claimed::Facts facts{.issuer = question.issuer,
                       .principal_issuer = question.issuer,
                       .subject = question.subject,
                       .tenant = question.tenant,
                       .roles = question.roles,
                       .scopes = question.scopes,
                       .personas = question.personas,
                       .delegates = question.delegates};
  if (question.key_id.empty()) return facts;
  facts.key_id = question.key_id;
  facts.principal_issuer = kKeyIssuer;
  if (const auto key = snapshot.key(question.key_id)) {
    facts.subject = key->subject;
    facts.tenant = key->tenant;
  }
  return facts;
}

std::string granting_role(const AccessSnapshot& snapshot, const Standing& standing,
                          Permission action) {
  for (const base::RoleName& role : standing.roles) {
    if (snapshot.roles().permissions_of(role).contains(action)) return role.str();
  }
  return {};
}

std::string_view what_narrows(const Standing& standing, const Question& question) {
  if (question.scopes && !question.scopes->contains(question.action)) {
    return "no scope of the token names it";
  }
  return standing.personas.empty() ? "nobody has tools without a persona"
                                   : "no persona of the caller leaves it";
}

/// A name as callers ask for it, or as model lists spell what is hosted: `hosted:NAME`.
bool may_use(const ModelGrant& models, std::string_view name) {
  constexpr std::string_view kHosted = "hosted:";
  return name.starts_with(kHosted) ? models.allows_hosted(name.substr(kHosted.size()))
                                   : models.allows(name);
}

Explanation judged(const AccessSnapshot& snapshot, const Standing& standing,
                   const Question& question) {
  const std::string role = granting_role(snapshot, standing, question.action);
  const std::string_view action = to_string(question.action);
  if (!decide(standing.permissions, question.action).allowed()) {
    return {.rule = role.empty()
                        ? fmt::format("no grant of {} in role {}", action, joined(standing.roles))
                        : fmt::format("role {} grants {}, but {}", role, action,
                                      what_narrows(standing, question)),
            .reason = "permission"};
  }
  if (question.model && !may_use(standing.models, *question.model)) {
    return {.rule = fmt::format("no model list of role {}{} has {}", joined(standing.roles),
                                question.key_id.empty() ? "" : " and the key", *question.model),
            .reason = "model_not_allowed"};
  }
  return {.allowed = true, .rule = fmt::format("role {} grants {}", role, action), .reason = {}};
}

}  // namespace

Question question_of(const Caller& caller) {
  const Claimed::Facts& facts = caller.claimed()->facts();
  return {.issuer = facts.principal_issuer,
          .subject = facts.subject,
          .tenant = facts.tenant,
          .roles = facts.roles,
          .scopes = facts.scopes,
          .personas = facts.personas,
          .delegates = facts.delegates,
          .persona = caller.chosen_persona(),
          .key_id = facts.key_id};
}

Explanation explain(const AccessSnapshot& snapshot, const Question& question) {
  const auto key = snapshot.key(question.key_id);
  const Claimed::Facts facts = facts_of(snapshot, question);
  auto standing = standing_of(facts, snapshot, question.persona);
  if (!question.key_id.empty() && !key) standing = std::unexpected(Barred::KeyRevoked);
  Explanation explanation =
      standing ? judged(snapshot, *standing, question) : barred(standing.error(), facts.tenant);
  if (key && question.now >= key->expires) {
    explanation = {.rule = "the key has expired", .reason = "expired"};
  }
  // A key that may not be used is refused in one way, whatever the reason.
  if (key && !standing) explanation.reason = "revoked";
  if (key && explanation.allowed && !key->networks.empty()) {
    explanation.rule += ", to callers from the key's networks";
  }
  if (standing) explanation.roles = standing->roles;
  explanation.revision = snapshot.revision();
  return explanation;
}

}  // namespace srasta::access
