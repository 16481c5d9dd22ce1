#include "identity/authenticator.h"

#include "access/principal.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "identity/api_key.h"
#include "identity/mapping_json.h"
#include "json/document.h"

#include <algorithm>
#include <utility>

namespace srasta::identity {
namespace {

constexpr size_t kShownDigestBytes = 8;

Refusal refusal_of(TokenFault fault) {
  return {.fault = fault, .code = public_code(fault)};
}

std::unexpected<Refusal> refuse(TokenFault fault) {
  return std::unexpected(refusal_of(fault));
}

std::optional<size_t> find_issuer(const IdentitySnapshot& snapshot, std::string_view name) {
  for (size_t i = 0; i < snapshot.issuers.size(); ++i) {
    if (snapshot.issuers[i].verifier->settings().claims.issuer == name) return i;
  }
  return std::nullopt;
}

/// One answer for every key that may not be used, whatever the reason.
TokenFault fault_of(access::Barred barred, bool key) {
  if (key && barred != access::Barred::NotOwnPersona) return TokenFault::Revoked;
  return identity::fault_of(barred);
}

Refusal refusal_of(access::Barred barred, const access::Claimed::Facts& claimed) {
  Refusal refusal = refusal_of(fault_of(barred, !claimed.key_id.empty()));
  if (claimed.key_id.empty() && refusal.fault != TokenFault::TenantUnmapped) {
    refusal.subject = claimed.subject;
    refusal.tenant = claimed.tenant;
  }
  if (refusal.fault == TokenFault::NoRole || refusal.fault == TokenFault::GroupsOverage) {
    refusal.claims = claimed.role_claims;
  }
  return refusal;
}

bool is_current(const TokenCache::Entry& entry, const IdentitySnapshot& snapshot) {
  const TrustedIssuer& issuer = snapshot.issuers[entry.issuer];
  return issuer.keys != nullptr && issuer.generation == entry.generation;
}

/// Who has a session of an account of the built-in issuer.
std::optional<access::Claimed::Facts> facts_of_account(json::Value said,
                                                       const std::string& issuer) {
  const auto text = [&](std::string_view name) {
    const auto member = said.find(name);
    return std::string(member ? member->string().value_or("") : "");
  };
  const auto listed = said.find("roles");
  const auto names = listed ? json::texts_of(*listed) : std::nullopt;
  access::Claimed::Facts facts{.issuer = issuer,
                               .principal_issuer = std::string(access::kLocalIssuer),
                               .subject = text("subject"),
                               .tenant = base::TenantId(text("tenant"))};
  if (facts.subject.empty() || facts.tenant.view().empty() || !names) return std::nullopt;
  for (const std::string& name : *names) facts.roles.emplace_back(name);
  return facts;
}

/// Who has a session of somebody whom another issuer signed in.
std::expected<access::Claimed::Facts, Refusal> facts_of_guest(json::Value said,
                                                              const IdentitySnapshot& snapshot) {
  const auto named = said.find("issuer");
  const auto index = find_issuer(snapshot, named ? named->string().value_or("") : "");
  // The built-in issuer has accounts; it is nobody's guest.
  if (!index || !snapshot.issuers[*index].principal_issuer.empty()) return refuse(TokenFault::Iss);
  const TrustedIssuer& issuer = snapshot.issuers[*index];
  const auto member = said.find("mapping");
  auto before = member ? parse_mapping(*member) : std::nullopt;
  if (!before) return refuse(TokenFault::PayloadJson);
  auto mapping = issuer.mapping->narrowed(*std::move(before));
  if (!mapping) {
    auto refusal = refuse(mapping.error().fault);
    refusal.error().claims = std::move(mapping.error().claims);
    return refusal;
  }
  return facts_of(*std::move(mapping), issuer.verifier->settings().claims.issuer,
                  issuer.mapping->rules().roles.claims);
}

}  // namespace

TokenFault fault_of(access::Barred barred) {
  using access::Barred;
  switch (barred) {
    case Barred::TenantUnknown:
      return TokenFault::TenantUnmapped;
    case Barred::TenantSuspended:
    case Barred::Disabled:
      return TokenFault::Disabled;
    case Barred::DelegateDisabled:
      return TokenFault::DelegateDisabled;
    case Barred::NoRole:
      return TokenFault::NoRole;
    case Barred::GroupsOverage:
      return TokenFault::GroupsOverage;
    case Barred::KeyRevoked:
      return TokenFault::Revoked;
    case Barred::NotOwnPersona:
      return TokenFault::Persona;
  }
  return TokenFault::Disabled;
}

std::expected<Authenticated, Refusal> Authenticator::authenticate(const CredentialFields& fields,
                                                                  const IdentitySnapshot& snapshot,
                                                                  base::WallTime now) {
  auto known = recall(fields, snapshot, now);
  if (auto* const success = std::get_if<Authenticated>(&known)) return std::move(*success);
  if (auto* const refusal = std::get_if<Refusal>(&known)) {
    return std::unexpected(std::move(*refusal));
  }
  return verify(std::get<Unknown>(known), snapshot, now);
}

std::variant<Authenticated, Refusal, Authenticator::Unknown> Authenticator::recall(
    const CredentialFields& fields, const IdentitySnapshot& snapshot, base::WallTime now) {
  const auto token = find_credential(fields);
  if (!token) return refusal_of(token.error());
  if (snapshot.access == nullptr) return refusal_of(TokenFault::AccessStale);
  if (token->starts_with(kApiKeyPrefix)) return recall_key(*token, snapshot, fields.client, now);
  if (token->size() > kMaxTokenBytes) return refusal_of(TokenFault::TokenTooLarge);

  cache_.use_revision(snapshot.revision);
  const crypto::Digest digest = crypto::sha256(*token);
  if (auto* const entry = cache_.find(digest, now)) {
    if (!is_current(*entry, snapshot)) {
      cache_.erase(digest);
      return Unknown{*token, digest};
    }
    if (entry->access != snapshot.access_serial) {
      // The signature still holds; only what its holder may do is to be decided anew.
      auto admitted = access::Admission::admit(entry->caller->claimed(), *snapshot.access);
      if (!admitted) return refusal_of(admitted.error(), entry->caller->claimed()->facts());
      entry->caller = *std::move(admitted);
      entry->access = snapshot.access_serial;
    }
    return Authenticated{entry->caller, false, entry->until};
  }
  return Unknown{*token, digest};
}

std::variant<Authenticated, Refusal, Authenticator::Unknown> Authenticator::recall_key(
    std::string_view key, const IdentitySnapshot& snapshot, std::string_view client,
    base::WallTime now) {
  const auto rule = check_api_key(key, *snapshot.access, client, now);
  if (!rule) return refusal_of(rule.error());
  const auto claimed = std::make_shared<const access::Claimed>(access::Claimed(
      {.issuer = std::string(access::kKeyIssuer),
       .principal_issuer = std::string(access::kKeyIssuer),
       .subject = rule->subject,
       .tenant = rule->tenant,
       .key_id = std::string(key.substr(kApiKeyPrefix.size(), kApiKeyIdCharacters))}));
  auto admitted = access::Admission::admit(claimed, *snapshot.access);
  if (!admitted) return refusal_of(admitted.error(), claimed->facts());
  return Authenticated{.caller = *std::move(admitted),
                       .until = base::WallTime(base::Seconds(rule->expires)),
                       .depends_on_client = !rule->networks.empty()};
}

std::expected<Authenticated, Refusal> Authenticator::verify(const Unknown& unknown,
                                                            const IdentitySnapshot& snapshot,
                                                            base::WallTime now) {
  const auto& [token, digest] = unknown;
  auto parsed = parse_token(token);
  if (!parsed) return refuse(parsed.error());
  const auto index = find_issuer(snapshot, parsed->issuer().value_or(""));
  if (!index) return refuse(TokenFault::Iss);
  const TrustedIssuer& issuer = snapshot.issuers[*index];
  if (issuer.keys == nullptr) return refuse(issuer.unavailable);
  const std::string& name = issuer.verifier->settings().claims.issuer;

  const bool kid_is_named = parsed->kid.has_value();
  auto claims = issuer.verifier->verify(*std::move(parsed), *issuer.keys, now);
  if (!claims) {
    auto refusal = refuse(claims.error());
    const bool may_be_new =
        claims.error() == TokenFault::UnknownKid && kid_is_named && !issuer.complete;
    if (may_be_new) refusal.error().refresh_issuer = name;
    return refusal;
  }

  auto mapping = issuer.mapping->apply(claims->payload.root());
  if (!mapping) {
    auto refusal = refuse(mapping.error().fault);
    refusal.error().claims = std::move(mapping.error().claims);
    return refusal;
  }
  const bool named = !issuer.principal_issuer.empty();
  // A delegate is somebody of the same issuer unless the token says of which other one.
  for (access::Delegate& delegate : mapping->delegates) {
    const bool own = delegate.issuer.empty() || delegate.issuer == name;
    if (own) delegate.issuer = named ? issuer.principal_issuer : name;
  }
  access::Claimed::Facts facts =
      facts_of(*std::move(mapping), name, issuer.mapping->rules().roles.claims);
  if (named) facts.principal_issuer = issuer.principal_issuer;
  facts.token_digest = base::to_hex(crypto::bytes_of(digest).substr(0, kShownDigestBytes));
  const auto claimed = std::make_shared<const access::Claimed>(access::Claimed(std::move(facts)));
  auto admitted = access::Admission::admit(claimed, *snapshot.access);
  if (!admitted) {
    Refusal refusal = refusal_of(admitted.error(), claimed->facts());
    if (refusal.fault == TokenFault::TenantUnmapped && !issuer.mapping->rules().tenant.fixed) {
      refusal.claims = {issuer.mapping->rules().tenant.claim};
    }
    return std::unexpected(std::move(refusal));
  }
  const base::WallTime until{base::Seconds(claims->expires) + kLeeway};
  cache_.insert(digest, {.caller = *admitted,
                         .until = until,
                         .issuer = *index,
                         .generation = issuer.generation,
                         .access = snapshot.access_serial});
  return Authenticated{.caller = *std::move(admitted), .first_use = true, .until = until};
}

std::expected<std::shared_ptr<const access::Caller>, Refusal> Authenticator::as_persona(
    const access::Caller& caller, const IdentitySnapshot& snapshot, std::string_view persona) {
  auto admitted = access::Admission::admit(caller.claimed(), *snapshot.access, persona);
  if (admitted) return *std::move(admitted);
  return std::unexpected(refusal_of(admitted.error(), caller.claimed()->facts()));
}

std::expected<std::shared_ptr<const access::Caller>, Refusal> Authenticator::admit_session(
    std::string_view json, const std::string& issuer, const IdentitySnapshot& snapshot) {
  if (snapshot.access == nullptr) return refuse(TokenFault::AccessStale);
  const auto document = json::Document::parse(json);
  if (!document) return refuse(TokenFault::PayloadJson);
  const json::Value said = document->root();
  const auto session = said.find("session");
  const auto id = session ? session->string() : std::nullopt;
  if (!id || id->empty()) return refuse(TokenFault::PayloadJson);
  access::Claimed::Facts facts;
  if (said.find("issuer")) {
    auto guest = facts_of_guest(said, snapshot);
    if (!guest) return std::unexpected(std::move(guest).error());
    facts = *std::move(guest);
  } else {
    auto account = facts_of_account(said, issuer);
    if (!account) return refuse(TokenFault::PayloadJson);
    facts = *std::move(account);
  }
  facts.token_digest = *id;
  const auto claimed = std::make_shared<const access::Claimed>(access::Claimed(std::move(facts)));
  auto admitted = access::Admission::admit(claimed, *snapshot.access);
  if (!admitted) return std::unexpected(refusal_of(admitted.error(), claimed->facts()));
  return *std::move(admitted);
}

std::expected<std::shared_ptr<const access::Caller>, TokenFault> readmit(
    const access::Caller& caller, const IdentitySnapshot& snapshot) {
  if (snapshot.access == nullptr) return std::unexpected(TokenFault::AccessStale);
  auto admitted =
      access::Admission::admit(caller.claimed(), *snapshot.access, caller.chosen_persona());
  if (admitted) return *std::move(admitted);
  return std::unexpected(fault_of(admitted.error(), !caller.key_id().empty()));
}

}  // namespace srasta::identity
