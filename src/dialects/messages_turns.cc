#include "dialects/messages_turns.h"

#include "dialects/chat_answer.h"
#include "dialects/chat_request.h"
#include "dialects/refusal.h"

#include <optional>

namespace srasta::dialects {
namespace {

using base::Result;
using json::Kind;
using json::Writer;

/// RFC 2397, in base64.
struct DataUrl {
  std::string_view type;
  std::string_view data;
};

std::optional<DataUrl> read_data_url(std::string_view url) {
  constexpr std::string_view kScheme = "data:";
  constexpr std::string_view kEncoding = ";base64";
  const size_t comma = url.find(',');
  if (!url.starts_with(kScheme) || comma == std::string_view::npos) return std::nullopt;
  std::string_view type = url.substr(kScheme.size(), comma - kScheme.size());
  if (!type.ends_with(kEncoding)) return std::nullopt;
  type.remove_suffix(kEncoding.size());
  return DataUrl{.type = type.substr(0, type.find(';')), .data = url.substr(comma + 1)};
}

Writer media_block(std::string_view kind, const DataUrl& url) {
  Writer writer;
  writer.begin_object().member("type", kind).key("source").begin_object();
  writer.member("type", "base64").member("media_type", url.type).member("data", url.data);
  writer.end_object();
  return writer;
}

Result<std::string> image_block(const Fields& image, const std::string& where) {
  const std::string url = json::unescape(image["url"].text());
  if (const auto data = read_data_url(url)) return media_block("image", *data).end_object().take();
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    return cannot_say(where + ".url",
                      "an image comes as a data URL in base64, or by http or https");
  }
  Writer writer;
  writer.begin_object().member("type", "image").key("source").begin_object();
  writer.member("type", "url").member("url", url).end_object();
  return writer.end_object().take();
}

Result<std::string> document_block(const Fields& file, const std::string& where) {
  const std::string url = json::unescape(file["file_data"].text());
  const auto data = read_data_url(url);
  // What Messages takes in base64:
  // https://platform.claude.com/docs/en/build-with-claude/pdf-support
  if (!data || data->type != "application/pdf") {
    return cannot_say(where + ".file_data", "a file is a PDF as a data URL in base64");
  }
  Writer writer = media_block("document", *data);
  if (const Value name = file["filename"]; name.is(Kind::String)) {
    writer.key("title").raw(name.raw());
  }
  return writer.end_object().take();
}

/// A part of a user's message, or of a tool's result.
Result<std::string> block_of_part(const Fields& part, const std::string& where) {
  const Value type = part["type"];
  if (type.says("text")) return chat_text(part["text"].text());  // both write it alike
  if (type.says("image_url")) return image_block(Fields(part["image_url"]), where + ".image_url");
  if (type.says("file")) return document_block(Fields(part["file"]), where + ".file");
  return cannot_say(where + ".type", "the engine knows no such part");
}

/// A text, or the texts of an array of parts. Absent: none.
Result<std::string> texts_of(Value content, const std::string& where) {
  if (!content) return std::string();
  if (content.is(Kind::String)) return std::string(content.text());
  if (!content.is(Kind::Array)) return cannot_say(where, "it must be a text or an array of parts");
  std::string text;
  size_t index = 0;
  for (const Value element : content.elements()) {
    const Fields part(element);
    const std::string place = at(where, index++);
    if (part["type"].says("text")) {
      text += part["text"].text();
    } else if (part["type"].says("refusal")) {
      text += part["refusal"].text();
    } else {
      return cannot_say(place + ".type", "only text can stand here");
    }
  }
  return text;
}

}  // namespace

MessagesTurns::Turn& MessagesTurns::turn_of(Role role) {
  if (turns_.empty() || turns_.back().role != role) turns_.push_back({.role = role});
  return turns_.back();
}

/// Messages refuses empty texts.
void MessagesTurns::add_text(Role role, std::string_view text) {
  if (text.empty()) return;
  Turn& turn = turn_of(role);
  turn.text = quoted(text);
  turn.blocks.push_back(chat_text(text));
}

Result<void> MessagesTurns::add(const Fields& message, const std::string& where) {
  const Value role = message["role"];
  const Value content = message["content"];
  if (role.says("system") || role.says("developer")) return add_system(content, where + ".content");
  if (role.says("user")) return add_user(content, where + ".content");
  if (role.says("assistant")) return add_assistant(message, where);
  if (role.says("tool")) return add_result(message, where);
  return cannot_say(where + ".role", "it is system, developer, user, assistant or tool");
}

Result<void> MessagesTurns::add_system(Value content, const std::string& where) {
  SRASTA_TRY_ASSIGN(const std::string text, texts_of(content, where));
  if (!system_.empty() && !text.empty()) system_ += "\\n\\n";
  system_ += text;
  return {};
}

Result<void> MessagesTurns::add_user(Value content, const std::string& where) {
  if (content.is(Kind::String)) {
    add_text(Role::User, content.text());
    return {};
  }
  if (!content.is(Kind::Array)) return cannot_say(where, "it must be a text or an array of parts");
  size_t index = 0;
  for (const Value element : content.elements()) {
    const Fields part(element);
    const std::string place = at(where, index++);
    if (part["type"].says("text")) {
      add_text(Role::User, part["text"].text());
      continue;
    }
    SRASTA_TRY_ASSIGN(std::string block, block_of_part(part, place));
    turn_of(Role::User).blocks.push_back(std::move(block));
  }
  return {};
}

Result<void> MessagesTurns::add_result(const Fields& message, const std::string& where) {
  const Value id = message["tool_call_id"];
  if (!id.is(Kind::String)) return cannot_say(where + ".tool_call_id", "it is missing");
  Writer writer;
  writer.begin_object().member("type", "tool_result").key("tool_use_id").raw(id.raw());
  const Value content = message["content"];
  if (content.is(Kind::Array)) {
    writer.key("content").begin_array();
    size_t index = 0;
    for (const Value element : content.elements()) {
      const std::string place = at(where + ".content", index++);
      SRASTA_TRY_ASSIGN(const std::string block, block_of_part(Fields(element), place));
      writer.raw(block);
    }
    writer.end_array();
  } else if (!content.text().empty()) {
    writer.key("content").raw(content.raw());
  } else if (content && !content.is(Kind::String)) {
    return cannot_say(where + ".content", "it must be a text or an array of parts");
  }
  turn_of(Role::User).results.push_back(writer.end_object().take());
  return {};
}

/// What it thought is left out: the engine takes only thoughts that it has signed itself.
Result<void> MessagesTurns::add_assistant(const Fields& message, const std::string& where) {
  for (const std::string_view name : {"function_call", "audio"}) {
    if (message[name]) {
      return cannot_say(where + "." + std::string(name),
                        "it has no counterpart in the engine's protocol");
    }
  }
  SRASTA_TRY_ASSIGN(const std::string text, texts_of(message["content"], where + ".content"));
  add_text(Role::Assistant, text);
  add_text(Role::Assistant, message["refusal"].text());
  return add_calls(message["tool_calls"], where + ".tool_calls");
}

Result<void> MessagesTurns::add_calls(Value calls, const std::string& where) {
  size_t index = 0;
  for (const Value element : calls.elements()) {
    const Fields call(element);
    const Fields function(call["function"]);
    const std::string place = at(where, index++);
    if (call["type"] && !call["type"].says("function")) {
      return cannot_say(place + ".type", "the engine has functions only");
    }
    if (!call["id"].is(Kind::String)) return cannot_say(place + ".id", "it is missing");
    if (!function["name"].is(Kind::String)) {
      return cannot_say(place + ".function.name", "it is missing");
    }
    const auto input = object_of_arguments(function["arguments"].text());
    if (!input) return cannot_say(place + ".function.arguments", "they must be a JSON object");
    Writer writer;
    writer.begin_object().member("type", "tool_use").key("id").raw(call["id"].raw());
    writer.key("name").raw(function["name"].raw()).key("input").raw(*input).end_object();
    turn_of(Role::Assistant).blocks.push_back(writer.take());
  }
  return {};
}

void MessagesTurns::write_turn(Writer& writer, const Turn& turn) {
  const bool is_user = turn.role == Role::User;
  writer.begin_object().member("role", is_user ? "user" : "assistant").key("content");
  if (turn.results.empty() && turn.blocks.size() == 1 && !turn.text.empty()) {
    writer.raw(turn.text).end_object();
    return;
  }
  writer.begin_array();
  for (const std::string& result : turn.results) writer.raw(result);
  for (const std::string& block : turn.blocks) writer.raw(block);
  writer.end_array().end_object();
}

void MessagesTurns::write(Writer& writer) const {
  if (!system_.empty()) writer.key("system").raw(quoted(system_));
  writer.key("messages").begin_array();
  for (const Turn& turn : turns_) write_turn(writer, turn);
  writer.end_array();
}

}  // namespace srasta::dialects
