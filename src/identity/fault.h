#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::identity {

/// Everything that can be wrong with a credential or with the keys it needs. Closed: each value is
/// one audit reason (`to_string`) and one public code (`public_code`). Clients see the code only.
enum class TokenFault : uint8_t {
  // The credential slot.
  NoCredential,
  EmptyToken,
  Scheme,
  TokenChars,
  TwoCredentials,
  DuplicateHeader,
  CredentialInQuery,
  // The API key.
  UnknownId,
  Format,
  Secret,
  Network,
  KeyExpired,
  Revoked,
  // The form of the token.
  TokenTooLarge,
  Segments,
  JweUnsupported,
  Base64url,
  HeaderJson,
  PayloadJson,
  DuplicateKey,
  Utf8,
  JsonDepth,
  Typ,
  Crit,
  // Algorithm, key and signature.
  Alg,
  AlgKeyMismatch,
  KidMissing,
  UnknownKid,
  KidAmbiguous,
  Signature,
  // Claims.
  Iss,
  Aud,
  Azp,
  Exp,
  ExpRange,
  ExpBeforeIat,
  Expired,
  Nbf,
  Iat,
  Sub,
  ClaimType,
  ClaimValue,
  CnfUnsupported,
  // Besides, of an ID token.
  Nonce,
  AtHash,
  // Mapping of a verified token.
  NoTenant,
  TenantUnmapped,
  TenantAmbiguous,
  NoRole,
  GroupsOverage,
  Delegation,
  // The access snapshot.
  Disabled,
  DelegateDisabled,
  Persona,
  AccessStale,
  // The issuer's keys.
  KeysUnavailable,
  KeysStale,
  KeysRefreshing,
  IssuerMismatch,
  JwksUri,
  JwksBad,
  JwksTooLarge,
  Redirect,
  Tls,
};

/// The audit reason.
[[nodiscard]] std::string_view to_string(TokenFault fault);

/// What a client is told: the error code of the same name (governance/codes.tsv).
enum class PublicCode : uint8_t {
  CredentialsMissing,
  CredentialsMalformed,
  CredentialsConflict,
  CredentialInQuery,
  TokenInvalid,
  TokenExpired,
  KeyInvalid,
  KeyExpired,
  TenantMissing,
  RoleMissing,
  PrincipalDisabled,
  PermissionDenied,
  IdentityUnavailable,
  KeysRefreshing,
};

[[nodiscard]] PublicCode public_code(TokenFault fault);

/// What an operator can do about it, for logs and the command line; empty when the reason says it
/// all. Never sent to a client whose credential did not verify.
[[nodiscard]] std::string_view operator_hint(TokenFault fault);

/// A fault and what was found, for the operator's eyes.
struct KeysFailure {
  TokenFault fault = TokenFault::KeysUnavailable;
  std::string detail;
};

}  // namespace srasta::identity
