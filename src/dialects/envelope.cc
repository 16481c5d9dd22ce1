#include "dialects/envelope.h"

#include "json/writer.h"

namespace srasta::dialects {
namespace {

/// The `type` values that OpenAI's own clients know.
std::string_view openai_type(int status, std::string_view code) {
  if (code.starts_with("upstream_") && status == 502) return "upstream_error";
  if (status == 429) return "rate_limit_error";
  if (status == 403) return "permission_error";
  if (status >= 500) return "server_error";
  return "invalid_request_error";
}

std::string openai_error(const Failure& failure) {
  json::Writer writer;
  writer.begin_object().key("error").begin_object();
  writer.member("message", failure.message);
  writer.member("type", openai_type(failure.status, failure.code));
  if (failure.param.empty()) {
    writer.key("param").null();
  } else {
    writer.member("param", failure.param);
  }
  writer.member("code", failure.code).end_object().end_object();
  return writer.take();
}

std::string problem(const Failure& failure) {
  json::Writer writer;
  writer.begin_object();
  writer.member("type", "about:blank");
  writer.member("title", failure.message);
  writer.member("status", int64_t{failure.status});
  writer.member("code", failure.code);
  writer.member("request_id", failure.request_id);
  // For other failures it says what was looked at, which is part of the message then.
  const bool blames = failure.status == 400 || failure.status == 409 || failure.status == 422;
  if (blames && !failure.param.empty()) writer.member("param", failure.param);
  if (!failure.hint.empty()) writer.member("hint", failure.hint);
  writer.end_object();
  return writer.take();
}

}  // namespace

std::string error_body(Dialect dialect, const Failure& failure) {
  return dialect == Dialect::OpenAi ? openai_error(failure) : problem(failure);
}

std::string_view error_content_type(Dialect dialect) {
  return dialect == Dialect::OpenAi ? "application/json" : "application/problem+json";
}

std::string error_event(const Failure& failure, bool mid_line) {
  return std::string(mid_line ? "\n\n" : "") + "data: " + openai_error(failure) + "\n\n";
}

}  // namespace srasta::dialects
