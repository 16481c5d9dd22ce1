#include "service/code.h"

#include "base/check.h"

#include <array>

namespace srasta::service {
namespace {

struct Row {
  ErrorCode code;
  CodeFacts facts;
};

constexpr std::array kRows = {
    Row{ErrorCode::BadRequestLine,
        {"bad_request_line", 400, "The request line is not HTTP/1.1.", "See RFC 9112 section 3."}},
    Row{ErrorCode::BadHeader,
        {"bad_header", 400, "A header field is malformed.", "See RFC 9110 section 5."}},
    Row{ErrorCode::BadHost,
        {"bad_host", 400, "The Host field is missing, repeated or malformed.", ""}},
    Row{ErrorCode::BadPath,
        {"bad_path", 400, "The request target is not canonical.",
         "Send each path in its one plain spelling."}},
    Row{ErrorCode::BadFraming,
        {"bad_framing", 400, "Content-Length or Transfer-Encoding is not acceptable.", ""}},
    Row{ErrorCode::BadChunk, {"bad_chunk", 400, "The chunked body is malformed.", ""}},
    Row{ErrorCode::BodyTruncated, {"body_truncated", 400, "The body ended early.", ""}},
    Row{ErrorCode::InvalidJson,
        {"invalid_json", 400, "The body is not one well-formed JSON object.", ""}},
    Row{ErrorCode::InvalidUtf8, {"invalid_utf8", 400, "The body is not UTF-8.", ""}},
    Row{ErrorCode::JsonTooDeep,
        {"json_too_deep", 400, "The body is nested more than 64 levels deep.", ""}},
    Row{ErrorCode::DuplicateKey, {"duplicate_key", 400, "A member occurs twice in the body.", ""}},
    Row{ErrorCode::ModelRequired,
        {"model_required", 400, "The member 'model' must be a non-empty string.",
         "GET /v1/models lists what you may use."}},
    Row{ErrorCode::InvalidRequest,
        {"invalid_request", 400, "A member has a value that is not allowed.", ""}},
    Row{ErrorCode::CredentialsMissing,
        {"credentials_missing", 401, "This route needs a credential.",
         "Send Authorization: Bearer TOKEN."}},
    Row{ErrorCode::CredentialsMalformed,
        {"credentials_malformed", 401, "The credential is not one well-formed bearer token.",
         "Send Authorization: Bearer TOKEN."}},
    Row{ErrorCode::CredentialsConflict,
        {"credentials_conflict", 400, "The request carries more than one credential.",
         "Send exactly one of Authorization, x-api-key, api-key."}},
    Row{ErrorCode::CredentialInQuery,
        {"credential_in_query", 400, "The query carries a credential.",
         "Send credentials in a header only."}},
    Row{ErrorCode::TokenInvalid,
        {"token_invalid", 401, "The token was refused.",
         "The reason is in the audit record of this request id."}},
    Row{ErrorCode::TokenExpired,
        {"token_expired", 401, "The token has expired.", "Get a new token."}},
    Row{ErrorCode::KeyInvalid,
        {"key_invalid", 401, "The API key was refused.",
         "API keys are not available in this version; send a token."}},
    Row{ErrorCode::TenantMissing,
        {"tenant_missing", 403, "The token names no registered tenant.",
         "Check identity.issuers[].tenant and tenants in the configuration."}},
    Row{ErrorCode::RoleMissing,
        {"role_missing", 403, "The token carries no role that this platform knows.",
         "Check identity.issuers[].roles in the configuration."}},
    Row{ErrorCode::PermissionDenied,
        {"permission_denied", 403, "Your roles do not allow this.",
         "Ask an administrator for a role that has the permission."}},
    Row{ErrorCode::ModelNotFound,
        {"model_not_found", 404, "No such model is available to you.",
         "GET /v1/models lists what you may use."}},
    Row{ErrorCode::NotFound,
        {"not_found", 404, "There is nothing here.", "GET /openapi.json lists the routes."}},
    Row{ErrorCode::MethodNotAllowed,
        {"method_not_allowed", 405, "The method is not allowed on this path.",
         "The Allow field names those that are."}},
    Row{ErrorCode::RequestTimeout, {"request_timeout", 408, "The request came in too slowly.", ""}},
    Row{ErrorCode::BodyTooLarge, {"body_too_large", 413, "The body is too large.", ""}},
    Row{ErrorCode::UnsupportedMediaType,
        {"unsupported_media_type", 415, "The Content-Type must be application/json.", ""}},
    Row{ErrorCode::UnsupportedContentEncoding,
        {"unsupported_content_encoding", 415, "Compressed request bodies are not accepted.",
         "Send the body without Content-Encoding."}},
    Row{ErrorCode::ExpectationFailed,
        {"expectation_failed", 417, "Only 'Expect: 100-continue' is understood.", ""}},
    Row{ErrorCode::HeadTooLarge, {"head_too_large", 431, "The request head is too large.", ""}},
    Row{ErrorCode::TooManyHeaders,
        {"too_many_headers", 431, "The request has more than 100 header fields.", ""}},
    Row{ErrorCode::UpstreamRateLimited,
        {"upstream_rate_limited", 429, "The model's server limits requests.", "Try again later."}},
    Row{ErrorCode::InternalError,
        {"internal_error", 500, "Something failed inside the platform.",
         "Tell an operator the request id."}},
    Row{ErrorCode::UpstreamUnreachable,
        {"upstream_unreachable", 502, "The model's server cannot be reached.",
         "srasta models test shows why."}},
    Row{ErrorCode::UpstreamError,
        {"upstream_error", 502, "The model's server failed.", "srasta models test shows more."}},
    Row{ErrorCode::UpstreamBadResponse,
        {"upstream_bad_response", 502, "The model's server broke the protocol.", ""}},
    Row{ErrorCode::UpstreamDied,
        {"upstream_died", 502, "The model's server ended the answer early.", ""}},
    Row{ErrorCode::NoUpstream,
        {"no_upstream", 503, "No inference server is available.",
         "Start Ollama, vLLM or llama.cpp on this host, or name one under inference.upstreams in "
         "srasta.yaml."}},
    Row{ErrorCode::UpstreamOverloaded,
        {"upstream_overloaded", 503, "The model's server is busy.", "Try again shortly."}},
    Row{ErrorCode::IdentityUnavailable,
        {"identity_unavailable", 503, "The identity provider's keys are not available.",
         "Try again; an operator sees the reason in the log."}},
    Row{ErrorCode::KeysRefreshing,
        {"keys_refreshing", 503, "The identity provider's keys are being refreshed.",
         "Try again in a few seconds."}},
    Row{ErrorCode::AuditUnavailable,
        {"audit_unavailable", 503, "The audit ledger cannot be written, so nothing is done.",
         "An operator must make the ledger writable."}},
    Row{ErrorCode::Overloaded,
        {"overloaded", 503, "The gateway is at its limit.", "Try again shortly."}},
    Row{ErrorCode::Draining,
        {"draining", 503, "The gateway is shutting down.", "Try again shortly."}},
    Row{ErrorCode::UpstreamTimeout,
        {"upstream_timeout", 504, "The model's server did not answer in time.", ""}},
    Row{ErrorCode::HttpVersionUnsupported,
        {"http_version_unsupported", 505, "Only HTTP/1.1 is spoken here.", ""}},
};

}  // namespace

const CodeFacts& facts_of(ErrorCode code) {
  const auto index = static_cast<size_t>(code);
  SRASTA_CHECK(index < kRows.size() && kRows[index].code == code, "rows stand in the enum's order");
  return kRows[index].facts;
}

}  // namespace srasta::service
