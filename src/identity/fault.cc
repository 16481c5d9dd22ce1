#include "identity/fault.h"

#include <array>

namespace srasta::identity {
namespace {

struct Row {
  TokenFault fault;
  std::string_view reason;
  PublicCode code;
};

using enum TokenFault;
using Public = PublicCode;

// In the order of the enumeration.
constexpr std::array kFaults = {
    Row{NoCredential, "no_credential", Public::CredentialsMissing},
    Row{EmptyToken, "empty_token", Public::CredentialsMalformed},
    Row{Scheme, "scheme", Public::CredentialsMalformed},
    Row{TokenChars, "token_chars", Public::CredentialsMalformed},
    Row{TwoCredentials, "two_credentials", Public::CredentialsConflict},
    Row{DuplicateHeader, "duplicate_header", Public::CredentialsConflict},
    Row{CredentialInQuery, "two_credentials", Public::CredentialInQuery},
    Row{UnknownId, "unknown_id", Public::KeyInvalid},
    Row{Format, "format", Public::KeyInvalid},
    Row{Secret, "secret", Public::KeyInvalid},
    Row{Network, "network", Public::KeyInvalid},
    Row{TokenFault::KeyExpired, "expired", Public::KeyExpired},
    Row{Revoked, "revoked", Public::KeyInvalid},
    Row{TokenTooLarge, "token_too_large", Public::TokenInvalid},
    Row{Segments, "segments", Public::TokenInvalid},
    Row{JweUnsupported, "jwe_unsupported", Public::TokenInvalid},
    Row{Base64url, "base64url", Public::TokenInvalid},
    Row{HeaderJson, "header_json", Public::TokenInvalid},
    Row{PayloadJson, "payload_json", Public::TokenInvalid},
    Row{DuplicateKey, "duplicate_key", Public::TokenInvalid},
    Row{Utf8, "utf8", Public::TokenInvalid},
    Row{JsonDepth, "json_depth", Public::TokenInvalid},
    Row{Typ, "typ", Public::TokenInvalid},
    Row{Crit, "crit", Public::TokenInvalid},
    Row{Alg, "alg", Public::TokenInvalid},
    Row{AlgKeyMismatch, "alg_key_mismatch", Public::TokenInvalid},
    Row{KidMissing, "kid_missing", Public::TokenInvalid},
    Row{UnknownKid, "unknown_kid", Public::TokenInvalid},
    Row{KidAmbiguous, "kid_ambiguous", Public::TokenInvalid},
    Row{Signature, "signature", Public::TokenInvalid},
    Row{Iss, "iss", Public::TokenInvalid},
    Row{Aud, "aud", Public::TokenInvalid},
    Row{Azp, "azp", Public::TokenInvalid},
    Row{Exp, "exp", Public::TokenInvalid},
    Row{ExpRange, "exp_range", Public::TokenInvalid},
    Row{ExpBeforeIat, "exp_before_iat", Public::TokenInvalid},
    Row{Expired, "expired", Public::TokenExpired},
    Row{Nbf, "nbf", Public::TokenInvalid},
    Row{Iat, "iat", Public::TokenInvalid},
    Row{Sub, "sub", Public::TokenInvalid},
    Row{ClaimType, "claim_type", Public::TokenInvalid},
    Row{ClaimValue, "claim_value", Public::TokenInvalid},
    Row{CnfUnsupported, "cnf_unsupported", Public::TokenInvalid},
    Row{Nonce, "nonce", Public::TokenInvalid},
    Row{AtHash, "at_hash", Public::TokenInvalid},
    Row{NoTenant, "no_tenant", Public::TenantMissing},
    Row{TenantUnmapped, "tenant_unmapped", Public::TenantMissing},
    Row{TenantAmbiguous, "tenant_ambiguous", Public::TenantMissing},
    Row{NoRole, "no_role", Public::RoleMissing},
    Row{GroupsOverage, "groups_overage", Public::RoleMissing},
    Row{Delegation, "delegation", Public::PermissionDenied},
    Row{Disabled, "disabled", Public::PrincipalDisabled},
    Row{DelegateDisabled, "actor_disabled", Public::PrincipalDisabled},
    Row{Persona, "persona", Public::PermissionDenied},
    Row{AccessStale, "access_stale", Public::IdentityUnavailable},
    Row{KeysUnavailable, "keys_unavailable", Public::IdentityUnavailable},
    Row{KeysStale, "keys_stale", Public::IdentityUnavailable},
    Row{TokenFault::KeysRefreshing, "unknown_kid", Public::KeysRefreshing},
    Row{IssuerMismatch, "issuer_mismatch", Public::IdentityUnavailable},
    Row{JwksUri, "jwks_uri", Public::IdentityUnavailable},
    Row{JwksBad, "jwks_bad", Public::IdentityUnavailable},
    Row{JwksTooLarge, "jwks_too_large", Public::IdentityUnavailable},
    Row{Redirect, "redirect", Public::IdentityUnavailable},
    Row{Tls, "tls", Public::IdentityUnavailable},
};

constexpr bool in_order() {
  for (size_t i = 0; i < kFaults.size(); ++i) {
    if (static_cast<size_t>(kFaults[i].fault) != i) return false;
  }
  return kFaults.size() == static_cast<size_t>(Tls) + 1;
}
static_assert(in_order());

}  // namespace

std::string_view to_string(TokenFault fault) {
  return kFaults[static_cast<size_t>(fault)].reason;
}

PublicCode public_code(TokenFault fault) {
  return kFaults[static_cast<size_t>(fault)].code;
}

std::string_view operator_hint(TokenFault fault) {
  switch (fault) {
    case Segments:
      return "not a JWT: ask the provider for a JWT access token, not an opaque one";
    case JweUnsupported:
      return "encrypted tokens are not supported: ask the provider for a signed one";
    case Typ:
      return "not an access token: send the access token, not the ID or refresh token";
    case Aud:
      return "the token is for another audience: add it to the issuer's audiences, or ask the "
             "provider for this one";
    case Iss:
      return "issuers are compared byte for byte, a final slash included";
    case Alg:
      return "the algorithm is not in the issuer's list of algorithms";
    case CnfUnsupported:
      return "sender-constrained tokens (DPoP, mutual TLS) are not supported";
    case GroupsOverage:
      return "the provider left the groups out of the token: use app roles";
    case Nbf:
    case Iat:
      return "the token is from the future: compare the clocks";
    default:
      return {};
  }
}

}  // namespace srasta::identity
