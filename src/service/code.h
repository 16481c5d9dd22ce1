#pragma once

#include <cstdint>
#include <string_view>

namespace srasta::service {

/// Every error code that a client of this platform can meet. Stable: clients match on the names.
enum class ErrorCode : uint8_t {
  BadRequestLine,
  BadHeader,
  BadHost,
  BadPath,
  BadFraming,
  BadChunk,
  BodyTruncated,
  InvalidJson,
  InvalidUtf8,
  JsonTooDeep,
  DuplicateKey,
  ModelRequired,
  InvalidRequest,
  CredentialsMissing,
  CredentialsMalformed,
  CredentialsConflict,
  CredentialInQuery,
  TokenInvalid,
  TokenExpired,
  KeyInvalid,
  TenantMissing,
  RoleMissing,
  PermissionDenied,
  ModelNotFound,
  NotFound,
  MethodNotAllowed,
  RequestTimeout,
  BodyTooLarge,
  UnsupportedMediaType,
  UnsupportedContentEncoding,
  ExpectationFailed,
  HeadTooLarge,
  TooManyHeaders,
  RateLimited,
  UpstreamRateLimited,
  InternalError,
  UpstreamUnreachable,
  UpstreamError,
  UpstreamBadResponse,
  UpstreamDied,
  NoUpstream,
  UpstreamOverloaded,
  IdentityUnavailable,
  KeysRefreshing,
  FwdInvalid,
  FwdBusy,
  AuditUnavailable,
  Overloaded,
  Draining,
  UpstreamTimeout,
  HttpVersionUnsupported,
};

struct CodeFacts {
  std::string_view name;
  int status = 500;
  std::string_view message;  ///< what happened, for people
  std::string_view hint;     ///< what to do next; empty when the message says it
};

[[nodiscard]] const CodeFacts& facts_of(ErrorCode code);

}  // namespace srasta::service
