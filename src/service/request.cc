#include "service/request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace srasta::service {
namespace {

/// A second after which asking again makes sense, for refusals that pass by themselves.
constexpr std::string_view kRetryAfter = "Retry-After: 2\r\n";

/// What is repeated to the client of its own words: enough to recognise, at a character's border.
std::string_view shortened(std::string_view text) {
  constexpr size_t kMost = 64;
  size_t end = std::min(text.size(), kMost);
  while (end < text.size() && end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

/// What a client that speaks MCP has to ask its authorization server for: all at once, so that it
/// need not ask again with the next tool.
std::string mcp_scopes() {
  return fmt::format(", scope=\"{}\"", fmt::join(kMcpScopes, " "));
}

/// RFC 6750 section 3, RFC 9728 section 5.1.
std::string challenge(const Request& request, ErrorCode code) {
  const CodeFacts& facts = facts_of(code);
  const bool is_mcp = request.route != nullptr && request.route->path == kMcpPath;
  const bool lacks_scope = is_mcp && code == ErrorCode::PermissionDenied;
  if (facts.status != 401 && !lacks_scope) return {};
  std::string text = "WWW-Authenticate: Bearer realm=\"srasta\"";
  if (!request.resource_metadata.empty()) {
    text += fmt::format(", resource_metadata=\"{}{}\"", request.resource_metadata,
                        is_mcp ? kMcpPath : std::string_view());
  }
  if (facts.name.starts_with("token_")) text += ", error=\"invalid_token\"";
  if (lacks_scope) text += ", error=\"insufficient_scope\"";
  if (is_mcp) text += mcp_scopes();
  return text + "\r\n";
}

/// The dialects of others know no 422; native routes tell meaning (422) from syntax (400).
int status_of(const Request& request, ErrorCode code) {
  const bool of_meaning =
      code == ErrorCode::InvalidRequest && request.dialect == dialects::Dialect::Problem;
  return of_meaning ? 422 : facts_of(code).status;
}

}  // namespace

std::string Request::common_fields() const {
  std::string fields = "x-request-id: " + id.str() + "\r\nX-Content-Type-Options: nosniff\r\n" +
                       limit_fields + receipt_field;
  // Anthropic's clients know it by this name only.
  if (dialect == dialects::Dialect::Anthropic) fields += "request-id: " + id.str() + "\r\n";
  return fields;
}

dialects::Failure failure_of(const Request& request, ErrorCode code, std::string_view param) {
  const CodeFacts& facts = facts_of(code);
  return {.status = status_of(request, code),
          .code = facts.name,
          .message = facts.message,
          .hint = facts.hint,
          .request_id = request.id.view(),
          .param = param};
}

net::Task<void> answer_error(Request& request, ErrorCode code, std::string_view param,
                             std::string_view extra_fields) {
  if (request.exchange.answered()) co_return;
  const CodeFacts& facts = facts_of(code);
  if (request.trace) request.trace->fail(facts.name);
  dialects::Failure failure = failure_of(request, code, param);
  std::string message(facts.message);
  if (facts.status == 403 && !param.empty()) message += fmt::format(" Looked at: {}.", param);
  const bool has_place_for_param =
      request.dialect == dialects::Dialect::OpenAi || request.dialect == dialects::Dialect::Problem;
  // Names of members are the client's words, too, where it is a body that is translated.
  const bool is_native = request.dialect == dialects::Dialect::Problem;
  if (!is_native && facts.status == 400 && !param.empty()) {
    failure.param = shortened(param);
    if (!has_place_for_param) message += fmt::format(" Member: {}.", failure.param);
  }
  if (facts.status >= 502 && !request.asked_model.empty()) {
    message += fmt::format(" Model: {}.", shortened(request.asked_model));
  }
  // Only problem details have a place for the next step; elsewhere it joins the message.
  if (request.dialect != dialects::Dialect::Problem && !facts.hint.empty()) {
    message += fmt::format(" {}", facts.hint);
  }
  failure.message = message;
  const std::string body = dialects::error_body(request.dialect, failure);
  std::string fields =
      fmt::format("{}Content-Type: {}\r\nx-srasta-error: {}\r\nCache-Control: no-store\r\n{}{}",
                  request.common_fields(), dialects::error_content_type(request.dialect),
                  facts.name, challenge(request, code), extra_fields);
  const bool passes = facts.status == 503 || facts.status == 429;
  if (passes && !extra_fields.starts_with("Retry-After")) fields += kRetryAfter;
  (void)co_await request.exchange.respond(failure.status, fields, body);
}

net::Task<void> answer_json(Request& request, std::string_view body,
                            std::string_view content_type) {
  const std::string fields =
      fmt::format("{}Content-Type: {}\r\n", request.common_fields(), content_type);
  (void)co_await request.exchange.respond(200, fields, body);
}

}  // namespace srasta::service
