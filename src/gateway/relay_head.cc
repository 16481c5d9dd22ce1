#include "base/encoding.h"
#include "gateway/relay.h"
#include "http/trace_context.h"
#include "http/writer.h"

#include <algorithm>
#include <array>

// What of the heads passes between a client and an engine, and which answers pass at all.
namespace srasta::gateway {
namespace {

using service::ErrorCode;

constexpr size_t kLongestTraceState = 2048;
/// What of a client's head a server may see (specs/gateway.md, "The relay").
constexpr std::array<std::string_view, 4> kForwarded = {"content-type", "accept", "idempotency-key",
                                                        "openai-beta"};
constexpr std::array<std::string_view, 1> kForwardedFamilies = {"anthropic-"};
/// The rest speaks of the client's own protocol.
constexpr std::array<std::string_view, 3> kForwardedTranslated = {"content-type", "accept",
                                                                  "idempotency-key"};
constexpr std::array<std::string_view, 0> kNone = {};

/// Engines of Anthropic's interface want it; clients may leave it out.
constexpr std::string_view kVersionField = "anthropic-version";
constexpr std::string_view kVersion = "2023-06-01";

/// What of a server's head a client may see.
constexpr std::array<std::string_view, 2> kReturned = {"content-type", "retry-after-ms"};
constexpr std::array<std::string_view, 3> kReturnedFamilies = {"openai-", "x-ratelimit-",
                                                               "anthropic-ratelimit-"};

template <size_t N, size_t M>
bool is_listed(std::string_view name, const std::array<std::string_view, N>& names,
               const std::array<std::string_view, M>& families) {
  const auto is_name = [&](std::string_view one) { return base::equal_ignoring_case(name, one); };
  const auto is_of_family = [&](std::string_view family) {
    return base::equal_ignoring_case(name.substr(0, family.size()), family);
  };
  return std::ranges::any_of(names, is_name) || std::ranges::any_of(families, is_of_family);
}

/// Whole seconds, as most servers say it; dates are left out.
std::string retry_after_of(const http::ResponseHead& head) {
  const auto value = base::parse_u64(head.fields.find("retry-after").value_or(""));
  return value && *value <= 86'400 ? std::to_string(*value) : "";
}

RelayEnd error_end(ErrorCode code, std::string_view reason, int status) {
  return {.kind = RelayEnd::Kind::Error, .reason = reason, .code = code, .upstream_status = status};
}

}  // namespace

bool Relay::is_stream(const http::ResponseHead& head) const {
  const std::string_view type = head.fields.find("content-type").value_or("");
  return base::equal_ignoring_case(type.substr(0, type.find_first_of("; ")),
                                   dialects::stream_content_type(order_.way.engine));
}

bool Relay::is_forwarded(std::string_view name) const {
  return is_translated() ? is_listed(name, kForwardedTranslated, kNone)
                         : is_listed(name, kForwarded, kForwardedFamilies);
}

std::string Relay::request_head() const {
  http::HeadWriter head =
      http::HeadWriter::request("POST", upstream_.spec.url.path + std::string(order_.path));
  head.field("Host", upstream_.spec.url.authority());
  const http::Fields& fields = request_.exchange.head().fields;
  for (const http::Field& field : fields) {
    if (is_forwarded(field.name)) head.field(field.name, field.value);
  }
  if (order_.way.engine == dialects::Protocol::Messages &&
      (is_translated() || !fields.find(kVersionField))) {
    head.field(kVersionField, kVersion);
  }
  const auto parent = http::find_trace_parent(fields);
  const std::string_view own = order_.trace_parent;
  const std::string_view told = own.empty() ? parent.value_or("") : own;
  if (!told.empty()) head.field("traceparent", told);
  if (parent) {
    const auto state = fields.find("tracestate");
    if (state && state->size() <= kLongestTraceState) head.field("tracestate", *state);
  }
  head.field("Accept-Encoding", "identity");
  head.field("User-Agent", "srasta");
  head.field("Content-Length", order_.body.size());
  return head.unfinished();
}

/// Answers that are not relayed, and what the client hears instead.
std::optional<RelayEnd> Relay::judge(const http::ResponseHead& head) const {
  const int status = head.status;
  if (status == 101 || (status >= 300 && status < 400)) {
    return error_end(ErrorCode::UpstreamBadResponse, status == 101 ? "status_line" : "redirect",
                     status);
  }
  if (order_.may_be_unknown && (status == 404 || status == 405 || status == 501)) {
    RelayEnd end = error_end(ErrorCode::UpstreamError, "upstream_4xx", status);
    end.not_spoken = true;
    return end;
  }
  // Seen by the client, these would look like a failure of its own credential.
  if (status == 401 || status == 403)
    return error_end(ErrorCode::UpstreamError, "upstream_auth", status);
  if (status == 429 || status == 503) {
    RelayEnd end =
        error_end(status == 429 ? ErrorCode::UpstreamRateLimited : ErrorCode::UpstreamOverloaded,
                  status == 429 ? "upstream_429" : "upstream_5xx", status);
    end.retryable = true;
    end.retry_after = retry_after_of(head);
    return end;
  }
  if (status >= 500) return error_end(ErrorCode::UpstreamError, "upstream_5xx", status);
  const auto encoding = head.fields.find("content-encoding");
  if (encoding && !base::equal_ignoring_case(*encoding, "identity")) {
    return error_end(ErrorCode::UpstreamBadResponse, "encoding", status);
  }
  return std::nullopt;
}

std::string Relay::answer_fields(const http::ResponseHead& head) const {
  std::string fields = request_.common_fields();
  // Ours say what is left of the caller's own limits; the engine's would contradict them.
  const bool hides_limits = !request_.limit_fields.empty();
  for (const http::Field& field : head.fields) {
    if (!is_listed(field.name, kReturned, kReturnedFamilies)) continue;
    if (is_translated() && base::equal_ignoring_case(field.name, "content-type")) continue;
    if (hides_limits && base::equal_ignoring_case(field.name.substr(0, 12), "x-ratelimit-"))
      continue;
    fields.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (is_translated()) {
    const bool streams = is_stream(head) && head.status < 400;
    fields += "Content-Type: ";
    fields += streams ? dialects::stream_content_type(order_.way.client) : "application/json";
    fields += "\r\n";
  }
  if (is_stream(head)) fields += "Cache-Control: no-cache\r\nX-Accel-Buffering: no\r\n";
  return fields;
}

}  // namespace srasta::gateway
