#include "dialects/responses_request.h"

#include "dialects/chat_request.h"
#include "dialects/refusal.h"
#include "dialects/value.h"
#include "json/writer.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace srasta::dialects {
namespace {

using base::Result;
using json::Kind;
using json::Writer;

constexpr auto kKnown = std::to_array<std::string_view>(
    {"model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls",
     "max_output_tokens", "temperature", "top_p", "stream", "text", "reasoning", "user", "include",
     "background", "top_logprobs",
     // Hints, and what concerns the keeping of answers, which no engine of Chat does.
     "metadata", "store", "truncation", "service_tier", "safety_identifier", "prompt_cache_key",
     "prompt_cache_retention", "prompt_cache_options", "stream_options", "max_tool_calls",
     "client_metadata"});

/// Chat has reasoning, text and calls of one turn in one message; Responses as items in a row.
class Conversation {
 public:
  explicit Conversation(Writer& writer) : writer_(writer) {}

  Result<void> add(const Fields& item, const std::string& where) {
    const Value type = item["type"];
    if (!type || type.says("message")) return add_message(item, where);
    if (type.says("function_call")) return add_call(item, where);
    if (type.says("function_call_output")) return add_output(item, where);
    if (!type.says("reasoning"))
      return cannot_say(where + ".type", "the engine knows no such item");
    if (!turn_.empty()) flush();
    for (const Value part : item["content"].elements()) {
      turn_.thinking += Fields(part)["text"].text();
    }
    return {};
  }

  void add_text(std::string_view role, std::string_view raw) {
    flush();
    writer_.begin_object().member("role", role).key("content").raw(raw).end_object();
  }

  void flush() {
    if (!turn_.empty()) turn_.write(writer_);
    turn_ = {};
  }

 private:
  Result<void> add_message(const Fields& item, const std::string& where) {
    const Value role = item["role"];
    const Value content = item["content"];
    const std::string place = where + ".content";
    if (!content.is(Kind::String) && !content.is(Kind::Array)) {
      return cannot_say(place, "it must be a text or an array of parts");
    }
    if (role.says("assistant")) {
      if (!turn_.empty()) flush();
      SRASTA_TRY_ASSIGN(turn_.text, texts_of(content, place));
      return {};
    }
    if (role.says("system") || role.says("developer")) {
      SRASTA_TRY_ASSIGN(const std::string text, texts_of(content, place));
      add_text("system", quoted(text));
      return {};
    }
    if (!role.says("user")) return cannot_say(where + ".role", "it is user, assistant or system");
    flush();
    if (content.is(Kind::String)) {
      add_text("user", content.raw());
      return {};
    }
    SRASTA_TRY_ASSIGN(const std::string parts, parts_of(content, place));
    add_text("user", parts);
    return {};
  }

  static bool is_text(Value content) {
    return std::ranges::none_of(content.elements(), [](const Value element) {
      const Value type = Fields(element)["type"];
      return type.says("input_image") || type.says("input_file");
    });
  }

  /// Of roles that say text only.
  static Result<std::string> texts_of(Value content, const std::string& where) {
    std::string text(content.text());
    size_t index = 0;
    for (const Value element : content.elements()) {
      const Fields part(element);
      const std::string place = at(where, index++);
      const Value type = part["type"];
      if (type.says("refusal")) {
        text += part["refusal"].text();
      } else if (type.says("input_text") || type.says("output_text") || type.says("text")) {
        text += part["text"].text();
      } else {
        return cannot_say(place + ".type", "only text can stand here");
      }
    }
    return text;
  }

  static Result<std::string> parts_of(Value content, const std::string& where) {
    Writer writer;
    writer.begin_array();
    size_t index = 0;
    for (const Value element : content.elements()) {
      SRASTA_TRY(write_part(writer, Fields(element), at(where, index++)));
    }
    return writer.end_array().take();
  }

  static Result<void> write_part(Writer& writer, const Fields& part, const std::string& where) {
    const Value type = part["type"];
    if (type.says("input_text") || type.says("text")) {
      writer.raw(chat_text(part["text"].text()));
    } else if (type.says("input_image")) {
      if (!part["image_url"].is(Kind::String)) {
        return cannot_say(where + ".image_url", "an image comes as a URL or data URL");
      }
      writer.raw(chat_image(part["image_url"].raw(), part["detail"]));
    } else if (type.says("input_file")) {
      if (!part["file_data"].is(Kind::String)) {
        return cannot_say(where + ".file_data", "a file comes with its data");
      }
      writer.begin_object().member("type", "file").key("file").begin_object();
      if (const Value name = part["filename"]) writer.key("filename").raw(name.raw());
      writer.key("file_data").raw(part["file_data"].raw()).end_object().end_object();
    } else if (type.says("input_audio") && part["input_audio"].is(Kind::Object)) {
      writer.begin_object().member("type", "input_audio").key("input_audio");
      writer.raw(part["input_audio"].raw()).end_object();
    } else {
      return cannot_say(where + ".type", "the engine knows no such part");
    }
    return {};
  }

  Result<void> add_call(const Fields& item, const std::string& where) {
    if (!item["call_id"].is(Kind::String)) return cannot_say(where + ".call_id", "it is missing");
    if (!item["name"].is(Kind::String)) return cannot_say(where + ".name", "it is missing");
    turn_.calls.push_back(
        chat_call(item["call_id"].text(), item["name"].text(), item["arguments"].text()));
    return {};
  }

  Result<void> add_output(const Fields& item, const std::string& where) {
    if (!item["call_id"].is(Kind::String)) return cannot_say(where + ".call_id", "it is missing");
    const Value output = item["output"];
    const std::string place = where + ".output";
    std::string content;
    if (is_text(output)) {
      SRASTA_TRY_ASSIGN(const std::string text, texts_of(output, place));
      content = quoted(text);
    } else {
      SRASTA_TRY_ASSIGN(content, parts_of(output, place));
    }
    flush();
    write_tool_result(writer_, item["call_id"].text(), content);
    return {};
  }

  Writer& writer_;
  AssistantTurn turn_;
};

Result<void> write_messages(Writer& writer, const Fields& body) {
  writer.key("messages").begin_array();
  Conversation talk(writer);
  if (const Value instructions = body["instructions"]) {
    if (!instructions.is(Kind::String)) return cannot_say("instructions", "it must be a text");
    talk.add_text("system", instructions.raw());
  }
  const Value input = body["input"];
  if (input.is(Kind::String)) {
    talk.add_text("user", input.raw());
  } else if (!input.is(Kind::Array)) {
    return cannot_say("input", "it must be a text or an array of items");
  }
  size_t index = 0;
  for (const Value item : input.elements()) {
    SRASTA_TRY(talk.add(Fields(item), at("input", index++)));
  }
  talk.flush();
  writer.end_array();
  return {};
}

Result<void> write_tools(Writer& writer, Value tools) {
  if (!tools) return {};
  if (!tools.is(Kind::Array)) return cannot_say("tools", "it must be an array");
  size_t index = 0;
  bool any = false;
  for (const Value element : tools.elements()) {
    const Fields tool(element);
    const std::string where = at("tools", index++);
    // The model does not hear of tools that only OpenAI's own platform has, and so calls none.
    if (!tool["type"].says("function")) continue;
    if (!tool["name"].is(Kind::String)) return cannot_say(where + ".name", "it is missing");
    if (!std::exchange(any, true)) writer.key("tools").begin_array();
    writer.begin_object().member("type", "function").key("function").begin_object();
    for (const std::string_view same : {"name", "description", "parameters", "strict"}) {
      if (const Value value = tool[same]) writer.key(same).raw(value.raw());
    }
    writer.end_object().end_object();
  }
  if (any) writer.end_array();
  return {};
}

Result<void> write_tool_choice(Writer& writer, Value value) {
  if (!value) return {};
  if (value.says("auto") || value.says("none") || value.says("required")) {
    writer.key("tool_choice").raw(value.raw());
    return {};
  }
  const Fields choice(value);
  if (!choice["type"].says("function") || !choice["name"].is(Kind::String)) {
    return cannot_say("tool_choice", "it is auto, none, required or a function by name");
  }
  write_function_choice(writer, choice["name"]);
  return {};
}

Result<void> write_text_config(Writer& writer, const Fields& text) {
  for (const auto& [name, value] : text.all()) {
    if (!value || name == "format" || name == "verbosity") continue;
    return cannot_say("text." + name, "it has no counterpart in the engine's protocol");
  }
  if (const Value verbosity = text["verbosity"]) writer.key("verbosity").raw(verbosity.raw());
  if (!text["format"]) return {};
  const Fields format(text["format"]);
  if (format["type"].says("text")) return {};
  if (format["type"].says("json_object")) {
    writer.key("response_format").raw(R"({"type":"json_object"})");
    return {};
  }
  if (!format["type"].says("json_schema")) {
    return cannot_say("text.format", "it is text, json_object or json_schema");
  }
  writer.key("response_format").begin_object().member("type", "json_schema").key("json_schema");
  writer.begin_object();
  for (const std::string_view same : {"name", "description", "schema", "strict"}) {
    if (const Value value = format[same]) writer.key(same).raw(value.raw());
  }
  writer.end_object().end_object();
  return {};
}

/// What an answer would have to hold more than Chat can say.
Result<void> check_extras(const Fields& body) {
  if (body["background"].is_true()) return cannot_say("background", "no answer is kept");
  if (const Value top = body["top_logprobs"]; top && top.raw() != "0") {
    return cannot_say("top_logprobs", "it has no counterpart here");
  }
  size_t index = 0;
  for (const Value extra : body["include"].elements()) {
    // Reasoning comes unencrypted, and tools that are not there have no results.
    if (extra.says("message.output_text.logprobs")) {
      return cannot_say(at("include", index), "it has no counterpart here");
    }
    ++index;
  }
  return {};
}

}  // namespace

Result<std::string> chat_request_of_responses(std::string_view text) {
  const Fields body(text);
  SRASTA_TRY(only_known(body, kKnown));
  SRASTA_TRY(check_extras(body));
  Writer writer;
  writer.begin_object();
  if (const Value model = body["model"]) writer.key("model").raw(model.raw());
  SRASTA_TRY(write_messages(writer, body));
  SRASTA_TRY(write_tools(writer, body["tools"]));
  SRASTA_TRY(write_tool_choice(writer, body["tool_choice"]));
  SRASTA_TRY(write_text_config(writer, Fields(body["text"])));
  if (const Value most = body["max_output_tokens"]) writer.key("max_tokens").raw(most.raw());
  if (const Value effort = Fields(body["reasoning"])["effort"]) {
    writer.key("reasoning_effort").raw(effort.raw());
  }
  for (const std::string_view same :
       {"temperature", "top_p", "stream", "parallel_tool_calls", "user"}) {
    if (const Value value = body[same]) writer.key(same).raw(value.raw());
  }
  return writer.end_object().take();
}

}  // namespace srasta::dialects
