#include "dialects/messages_request.h"

#include "dialects/chat_request.h"
#include "dialects/refusal.h"
#include "dialects/value.h"
#include "json/writer.h"

#include <array>
#include <optional>
#include <vector>

namespace srasta::dialects {
namespace {

using base::Result;
using json::Kind;
using json::Writer;

constexpr auto kKnown = std::to_array<std::string_view>(
    {"model", "messages", "system", "max_tokens", "stop_sequences", "temperature", "top_p", "top_k",
     "stream", "metadata", "tools", "tool_choice", "output_config", "output_format",
     // Hints: without them the answer is of the same kind.
     "thinking", "service_tier", "context_management", "cache_control", "speed"});

/// The parts of one user turn in the order that Chat wants: results of tools first.
struct UserTurn {
  struct ToolResult {
    std::string_view id;
    std::string text;
  };
  std::vector<ToolResult> results;
  std::vector<std::string> parts;  ///< content parts as Chat writes them
  std::vector<std::string> texts;  ///< of those that are text: strings as written

  [[nodiscard]] bool is_one_text() const { return parts.size() == 1 && texts.size() == 1; }
  void add_text(std::string_view text) {
    if (text.empty()) return;
    texts.push_back(quoted(text));
    parts.push_back(chat_text(text));
  }
};

Result<std::string> data_url(const Fields& source, const std::string& where) {
  const std::string_view type = source["media_type"].text();
  const std::string_view data = source["data"].text();
  if (type.empty() || data.empty()) return cannot_say(where, "media_type and data are missing");
  return quoted("data:" + std::string(type) + ";base64," + std::string(data));
}

Result<std::string> image_part(const Fields& block, const std::string& where) {
  const Fields source(block["source"]);
  std::string url;
  if (source["type"].says("url") && source["url"].is(Kind::String)) {
    url = source["url"].raw();
  } else if (source["type"].says("base64")) {
    SRASTA_TRY_ASSIGN(url, data_url(source, where + ".source"));
  } else {
    return cannot_say(where + ".source", "an image comes as base64 or url");
  }
  return chat_image(url);
}

Result<void> add_document(UserTurn& turn, const Fields& block, const std::string& where) {
  const Fields source(block["source"]);
  if (source["type"].says("text")) {
    turn.add_text(source["data"].text());
    return {};
  }
  if (!source["type"].says("base64")) {
    return cannot_say(where + ".source", "a document comes as base64 or text");
  }
  SRASTA_TRY_ASSIGN(const std::string data, data_url(source, where + ".source"));
  Writer writer;
  writer.begin_object().member("type", "file").key("file").begin_object();
  const Value title = block["title"];
  writer.key("filename").raw(title.is(Kind::String) ? title.raw() : "\"document.pdf\"");
  writer.key("file_data").raw(data).end_object().end_object();
  turn.parts.push_back(writer.take());
  return {};
}

/// Chat has no place for pictures in a tool's result, so they follow it in the user's turn.
Result<void> add_tool_result(UserTurn& turn, const Fields& block, const std::string& where) {
  const std::string_view id = block["tool_use_id"].text();
  if (id.empty()) return cannot_say(where + ".tool_use_id", "it is missing");
  std::string text(block["is_error"].is_true() ? "Error: " : "");
  const Value content = block["content"];
  text += content.text();
  size_t index = 0;
  bool first = true;
  for (const Value element : content.elements()) {
    const Fields part(element);
    const std::string place = at(where + ".content", index++);
    if (part["type"].says("text")) {
      if (!first) text += "\\n";
      text += part["text"].text();
      first = false;
    } else if (part["type"].says("image")) {
      SRASTA_TRY_ASSIGN(std::string image, image_part(part, place));
      turn.parts.push_back(std::move(image));
    } else {
      return cannot_say(place + ".type", "a tool's result is text and images");
    }
  }
  turn.results.push_back({id, std::move(text)});
  return {};
}

Result<void> add_user_block(UserTurn& turn, const Fields& block, const std::string& where) {
  const Value type = block["type"];
  if (type.says("text")) {
    turn.add_text(block["text"].text());
    return {};
  }
  if (type.says("tool_result")) return add_tool_result(turn, block, where);
  if (type.says("document")) return add_document(turn, block, where);
  if (!type.says("image")) return cannot_say(where + ".type", "the engine knows no such block");
  SRASTA_TRY_ASSIGN(std::string image, image_part(block, where));
  turn.parts.push_back(std::move(image));
  return {};
}

void write_user_turn(Writer& writer, const UserTurn& turn) {
  for (const UserTurn::ToolResult& result : turn.results) {
    write_tool_result(writer, result.id, quoted(result.text));
  }
  if (turn.parts.empty()) return;
  writer.begin_object().member("role", "user").key("content");
  if (turn.is_one_text()) {
    writer.raw(turn.texts.front()).end_object();
    return;
  }
  writer.begin_array();
  for (const std::string& part : turn.parts) writer.raw(part);
  writer.end_array().end_object();
}

Result<void> add_assistant_block(AssistantTurn& turn, const Fields& block,
                                 const std::string& where) {
  const Value type = block["type"];
  if (type.says("text")) {
    turn.text += block["text"].text();
  } else if (type.says("thinking")) {
    turn.thinking += block["thinking"].text();
  } else if (type.says("redacted_thinking")) {
    // Only the engine that wrote it could read it.
  } else if (type.says("tool_use")) {
    const Value input = block["input"];
    if (!input.is(Kind::Object)) return cannot_say(where + ".input", "it must be an object");
    const std::string arguments = Writer().string(input.raw()).take();
    turn.calls.push_back(
        chat_call(block["id"].text(), block["name"].text(), Value(arguments).text()));
  } else {
    return cannot_say(where + ".type", "the engine knows no such block");
  }
  return {};
}

/// A text or an array of text blocks, joined.
Result<std::string> joined_texts(Value content, const std::string& where) {
  if (content.is(Kind::String)) return std::string(content.text());
  std::string text;
  size_t index = 0;
  for (const Value element : content.elements()) {
    const Fields block(element);
    const std::string place = at(where, index++);
    if (!block["type"].says("text")) return cannot_say(place + ".type", "only text can stand here");
    if (!text.empty()) text += "\\n\\n";
    text += block["text"].text();
  }
  return text;
}

void write_system(Writer& writer, std::string_view text) {
  writer.begin_object().member("role", "system").key("content").raw(quoted(text)).end_object();
}

Result<void> write_message(Writer& writer, const Fields& message, const std::string& where) {
  const Value role = message["role"];
  const Value content = message["content"];
  const std::string place = where + ".content";
  if (!content.is(Kind::String) && !content.is(Kind::Array)) {
    return cannot_say(place, "it must be a text or an array of blocks");
  }
  if (role.says("system")) {
    SRASTA_TRY_ASSIGN(const std::string text, joined_texts(content, place));
    write_system(writer, text);
    return {};
  }
  size_t index = 0;
  if (role.says("user")) {
    UserTurn turn;
    if (content.is(Kind::String)) turn.add_text(content.text());
    for (const Value block : content.elements()) {
      SRASTA_TRY(add_user_block(turn, Fields(block), at(place, index++)));
    }
    write_user_turn(writer, turn);
    return {};
  }
  if (!role.says("assistant")) return cannot_say(where + ".role", "it is user or assistant");
  AssistantTurn turn{.thinking = {}, .text = std::string(content.text()), .calls = {}};
  for (const Value block : content.elements()) {
    SRASTA_TRY(add_assistant_block(turn, Fields(block), at(place, index++)));
  }
  turn.write(writer);
  return {};
}

Result<void> write_messages(Writer& writer, const Fields& body) {
  writer.key("messages").begin_array();
  if (const Value system = body["system"]) {
    if (!system.is(Kind::String) && !system.is(Kind::Array)) {
      return cannot_say("system", "it must be a text or an array of text blocks");
    }
    SRASTA_TRY_ASSIGN(const std::string text, joined_texts(system, "system"));
    if (!text.empty()) write_system(writer, text);
  }
  if (!body["messages"].is(Kind::Array)) return cannot_say("messages", "it must be an array");
  size_t index = 0;
  for (const Value message : body["messages"].elements()) {
    SRASTA_TRY(write_message(writer, Fields(message), at("messages", index++)));
  }
  writer.end_array();
  return {};
}

Result<void> write_tools(Writer& writer, Value tools) {
  if (!tools) return {};
  if (!tools.is(Kind::Array)) return cannot_say("tools", "it must be an array");
  const std::vector<Value> all = tools.elements();
  if (all.empty()) return {};
  writer.key("tools").begin_array();
  size_t index = 0;
  for (const Value element : all) {
    const Fields tool(element);
    const std::string where = at("tools", index++);
    if (tool["type"] && !tool["type"].says("custom")) {
      return cannot_say(where + ".type", "the engine has no tools of its own");
    }
    if (!tool["name"].is(Kind::String)) return cannot_say(where + ".name", "it is missing");
    writer.begin_object().member("type", "function").key("function").begin_object();
    writer.key("name").raw(tool["name"].raw());
    if (const Value text = tool["description"]) writer.key("description").raw(text.raw());
    if (const Value schema = tool["input_schema"]) writer.key("parameters").raw(schema.raw());
    if (const Value strict = tool["strict"]) writer.key("strict").raw(strict.raw());
    writer.end_object().end_object();
  }
  writer.end_array();
  return {};
}

Result<void> write_tool_choice(Writer& writer, Value value) {
  if (!value) return {};
  const Fields choice(value);
  const Value type = choice["type"];
  if (type.says("auto") || type.says("none")) {
    writer.key("tool_choice").raw(type.raw());
  } else if (type.says("any")) {
    writer.member("tool_choice", "required");
  } else if (type.says("tool") && choice["name"].is(Kind::String)) {
    write_function_choice(writer, choice["name"]);
  } else {
    return cannot_say("tool_choice", "it is auto, any, none or a tool by name");
  }
  if (choice["disable_parallel_tool_use"].is_true()) writer.member("parallel_tool_calls", false);
  return {};
}

Result<void> write_format(Writer& writer, Value value, const std::string& where) {
  if (!value) return {};
  const Fields format(value);
  if (!format["type"].says("json_schema") || !format["schema"].is(Kind::Object)) {
    return cannot_say(where, "it is json_schema with a schema");
  }
  writer.key("response_format").begin_object().member("type", "json_schema").key("json_schema");
  writer.begin_object().member("name", "answer").member("strict", true);
  writer.key("schema").raw(format["schema"].raw()).end_object().end_object();
  return {};
}

Result<void> write_output_config(Writer& writer, const Fields& body) {
  const Fields config(body["output_config"]);
  for (const auto& [name, value] : config.all()) {
    if (!value || name == "effort" || name == "format") continue;
    return cannot_say("output_config." + name, "it has no counterpart in the engine's protocol");
  }
  if (const Value effort = config["effort"]; effort.is(Kind::String)) {
    const bool beyond = effort.says("max") || effort.says("xhigh");
    writer.key("reasoning_effort").raw(beyond ? "\"high\"" : effort.raw());
  }
  if (config["format"]) return write_format(writer, config["format"], "output_config.format");
  return write_format(writer, body["output_format"], "output_format");
}

void carry(Writer& writer, const Fields& body, std::string_view from, std::string_view to) {
  if (const Value value = body[from]) writer.key(to).raw(value.raw());
}

}  // namespace

Result<std::string> chat_request_of_messages(std::string_view text) {
  const Fields body(text);
  SRASTA_TRY(only_known(body, kKnown));
  Writer writer;
  writer.begin_object();
  carry(writer, body, "model", "model");
  SRASTA_TRY(write_messages(writer, body));
  SRASTA_TRY(write_tools(writer, body["tools"]));
  SRASTA_TRY(write_tool_choice(writer, body["tool_choice"]));
  SRASTA_TRY(write_output_config(writer, body));
  carry(writer, body, "max_tokens", "max_tokens");
  carry(writer, body, "stop_sequences", "stop");
  for (const std::string_view same : {"temperature", "top_p", "top_k", "stream"}) {
    carry(writer, body, same, same);
  }
  carry(writer, Fields(body["metadata"]), "user_id", "user");
  return writer.end_object().take();
}

}  // namespace srasta::dialects
