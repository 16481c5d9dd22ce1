#include "dialects/chat_answer.h"

#include <algorithm>
#include <array>

namespace srasta::dialects {
namespace {

/// Far above any window.
constexpr int64_t kMostTokens = int64_t{1} << 60;
/// Of arguments: less than of a body, as they become a part of one.
constexpr unsigned kDeepest = 48;

/// A string, or the texts of an array of parts.
std::string text_of(Value content) {
  if (content.is(json::Kind::String)) return std::string(content.text());
  std::string text;
  for (const Value part : content.elements()) text += Fields(part)["text"].text();
  return text;
}

ChatCall read_call(const Fields& call, size_t index, const Asked& asked) {
  const Fields function(call["function"]);
  ChatCall read{.id = std::string(call["id"].text()),
                .name = std::string(function["name"].text()),
                .arguments = std::string(function["arguments"].text())};
  if (read.id.empty()) {
    read.id = "call_" + std::to_string(index) + "_" + std::string(asked.request_id);
  }
  return read;
}

}  // namespace

int64_t token_count(Value value) {
  return std::clamp<int64_t>(value.integer().value_or(0), 0, kMostTokens);
}

std::optional<std::string> object_of_arguments(std::string_view arguments) {
  std::string object = json::unescape(arguments);
  if (object.find_first_not_of(" \t\r\n") == std::string::npos) return "{}";
  const json::ScanLimits limits{.depth = kDeepest, .lone_surrogates = true};
  if (!json::scan_object(object, limits).ok()) return std::nullopt;
  return object;
}

ChatUsage read_chat_usage(Value usage) {
  const Fields fields(usage);
  return {
      .input = token_count(fields["prompt_tokens"]),
      .output = token_count(fields["completion_tokens"]),
      .cached = token_count(Fields(fields["prompt_tokens_details"])["cached_tokens"]),
      .reasoning = token_count(Fields(fields["completion_tokens_details"])["reasoning_tokens"])};
}

Finish read_finish(const Fields& choice, bool called_tools, bool refused) {
  Finish finish{.refused = refused};
  const Value reason = choice["finish_reason"];
  if (reason.says("length")) {
    finish.reason = Finish::Reason::Length;
  } else if (reason.says("content_filter")) {
    finish.reason = Finish::Reason::Filter;
  } else if (called_tools) {
    // Some engines say "stop" after calls, too.
    finish.reason = Finish::Reason::Tools;
  } else if (const Value stop = choice["stop_reason"]; stop.is(json::Kind::String)) {
    finish.stop_sequence = stop.raw();
  }
  return finish;
}

std::string_view thinking_of(const Fields& message) {
  const std::string_view first = message["reasoning_content"].text();
  return first.empty() ? message["reasoning"].text() : first;
}

std::string id_for(std::string_view prefix, std::string_view engine_id, const Asked& asked) {
  constexpr std::array<std::string_view, 4> kPrefixes = {"chatcmpl-", "msg_", "resp_", "cmpl-"};
  for (const std::string_view known : kPrefixes) {
    if (engine_id.starts_with(known)) engine_id.remove_prefix(known.size());
  }
  return std::string(prefix) + std::string(engine_id.empty() ? asked.request_id : engine_id);
}

std::string error_message(const Fields& body) {
  const Value error = body["error"];
  Value message = error.is(json::Kind::Object) ? Fields(error)["message"] : error;
  if (!message.is(json::Kind::String)) message = body["message"];
  if (!message.is(json::Kind::String)) message = body["detail"];
  const std::string text = json::unescape(message.text());
  return text.empty() ? "The model's server reported an error." : text;
}

base::Result<ChatAnswer> read_chat_answer(std::string_view body, const Asked& asked) {
  const json::ScanOutcome scan = json::scan_object(body, {.lone_surrogates = true});
  if (!scan.ok()) return base::make_error(base::Code::Invalid, "not JSON");
  const Fields fields(body);
  const std::vector<Value> choices = fields["choices"].elements();
  if (choices.empty()) return base::make_error(base::Code::Invalid, "no choices");
  const Fields choice(choices.front());
  const Fields message(choice["message"]);
  ChatAnswer answer{.id = std::string(fields["id"].text()),
                    .model = std::string(fields["model"].raw()),
                    .created = fields["created"].integer().value_or(asked.now),
                    .finish = {},
                    .thinking = std::string(thinking_of(message)),
                    .text = text_of(message["content"]),
                    .refusal = std::string(message["refusal"].text()),
                    .calls = {},
                    .usage = read_chat_usage(fields["usage"])};
  if (!fields["model"].is(json::Kind::String)) answer.model = "\"\"";
  for (const Value call : message["tool_calls"].elements()) {
    answer.calls.push_back(read_call(Fields(call), answer.calls.size(), asked));
  }
  answer.finish = read_finish(choice, !answer.calls.empty(), !answer.refusal.empty());
  return answer;
}

}  // namespace srasta::dialects
