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
  if (failure.code.empty()) {
    writer.key("code").null();
  } else {
    writer.member("code", failure.code);
  }
  return writer.end_object().end_object().take();
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

std::string anthropic_error(const Failure& failure) {
  json::Writer writer;
  writer.begin_object().member("type", "error").key("error").begin_object();
  writer.member("type", anthropic_error_type(failure.status));
  writer.member("message", failure.message);
  // Where Anthropic's clients look for a stable name of the cause.
  if (!failure.code.empty()) {
    writer.key("details").begin_object().member("error_code", failure.code).end_object();
  }
  writer.end_object().member("request_id", failure.request_id).end_object();
  return writer.take();
}

std::string ollama_error(const Failure& failure) {
  return json::Writer().begin_object().member("error", failure.message).end_object().take();
}

/// The error event of the Responses API.
std::string responses_error(const Failure& failure, uint64_t sequence) {
  json::Writer writer;
  writer.begin_object().member("type", "error");
  writer.member("code", failure.code).member("message", failure.message);
  writer.key("param").null();
  writer.member("sequence_number", static_cast<int64_t>(sequence)).end_object();
  return writer.take();
}

}  // namespace

std::string_view anthropic_error_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
    case 529:
      return "overloaded_error";
    case 504:
      return "timeout_error";
    default:
      return status >= 400 && status < 500 ? "invalid_request_error" : "api_error";
  }
}

std::string error_body(Dialect dialect, const Failure& failure) {
  switch (dialect) {
    case Dialect::OpenAi:
      return openai_error(failure);
    case Dialect::Anthropic:
      return anthropic_error(failure);
    case Dialect::Ollama:
      return ollama_error(failure);
    case Dialect::Problem:
      return problem(failure);
  }
  return problem(failure);
}

std::string_view error_content_type(Dialect dialect) {
  return dialect == Dialect::Problem ? "application/problem+json" : "application/json";
}

std::string error_event(Protocol protocol, const Failure& failure, bool mid_line,
                        uint64_t sequence) {
  switch (protocol) {
    case Protocol::Messages:
      return std::string(mid_line ? "\n\n" : "") +
             "event: error\ndata: " + anthropic_error(failure) + "\n\n";
    case Protocol::Responses:
      return std::string(mid_line ? "\n\n" : "") +
             "event: error\ndata: " + responses_error(failure, sequence) + "\n\n";
    case Protocol::Ollama:
      return std::string(mid_line ? "\n" : "") + ollama_error(failure) + "\n";
    case Protocol::Chat:
      break;
  }
  return std::string(mid_line ? "\n\n" : "") + "data: " + openai_error(failure) + "\n\n";
}

}  // namespace srasta::dialects
