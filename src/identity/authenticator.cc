#include "identity/authenticator.h"

#include "base/encoding.h"
#include "crypto/hash.h"

#include <algorithm>
#include <utility>

namespace srasta::identity {
namespace {

constexpr std::string_view kApiKeyPrefix = "sk-srasta-";
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

/// Every part is preceded by its length, so no two triples give the same text.
base::PrincipalId principal_of(std::string_view issuer, const base::TenantId& tenant,
                               std::string_view subject) {
  std::string text;
  for (const std::string_view part : {issuer, tenant.view(), subject}) {
    text.append(std::to_string(part.size())).append(":").append(part);
  }
  const crypto::Digest digest = crypto::sha256(text);
  return base::PrincipalId("p-" + base::to_hex(crypto::bytes_of(digest).substr(0, 16)));
}

bool is_current(const TokenCache::Entry& entry, const IdentitySnapshot& snapshot) {
  const TrustedIssuer& issuer = snapshot.issuers[entry.issuer];
  return issuer.keys != nullptr && issuer.generation == entry.generation;
}

}  // namespace

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
  // No API keys exist in this build, so every one of them is unknown.
  if (token->starts_with(kApiKeyPrefix)) return refusal_of(TokenFault::UnknownId);
  if (token->size() > kMaxTokenBytes) return refusal_of(TokenFault::TokenTooLarge);

  cache_.use_revision(snapshot.revision);
  const crypto::Digest digest = crypto::sha256(*token);
  if (const auto* entry = cache_.find(digest, now)) {
    if (is_current(*entry, snapshot)) return Authenticated{entry->caller, false, entry->until};
    cache_.erase(digest);
  }
  return Unknown{*token, digest};
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
    const bool may_be_new = claims.error() == TokenFault::UnknownKid && kid_is_named;
    if (may_be_new) refusal.error().refresh_issuer = name;
    return refusal;
  }

  auto mapping = issuer.mapping->apply(claims->payload.root(), snapshot.tenants, snapshot.roles);
  if (!mapping) {
    auto refusal = refuse(mapping.error().fault);
    refusal.error().issuer = name;
    refusal.error().subject = claims->subject;
    refusal.error().claims = std::move(mapping.error().claims);
    return refusal;
  }
  auto caller = make_caller(*claims, name, *std::move(mapping), snapshot.roles, digest);
  const base::WallTime until{base::Seconds(claims->expires) + kLeeway};
  cache_.insert(digest, {caller, until, *index, issuer.generation});
  return Authenticated{std::move(caller), true, until};
}

std::shared_ptr<const access::Caller> Authenticator::make_caller(const Claims& claims,
                                                                 const std::string& issuer,
                                                                 Mapping mapping,
                                                                 const access::RoleTable& roles,
                                                                 const crypto::Digest& digest) {
  const bool service =
      std::ranges::find(mapping.roles, base::RoleName("service")) != mapping.roles.end();
  access::Caller::Facts facts{
      .principal = principal_of(issuer, mapping.tenant, claims.subject),
      .tenant = std::move(mapping.tenant),
      .roles = std::move(mapping.roles),
      .permissions = {},
      .kind = service ? access::CallerKind::Service : access::CallerKind::User,
      .subject = claims.subject,
      .issuer = issuer,
      .token_digest = base::to_hex(crypto::bytes_of(digest).substr(0, kShownDigestBytes)),
  };
  facts.permissions = roles.permissions_of(facts.roles);
  return std::make_shared<const access::Caller>(access::Caller(std::move(facts)));
}

}  // namespace srasta::identity
