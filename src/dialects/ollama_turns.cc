#include "dialects/ollama_turns.h"

#include "dialects/chat_request.h"
#include "dialects/refusal.h"

#include <algorithm>

namespace srasta::dialects {
namespace {

using base::Result;
using json::Kind;
using json::Writer;

/// By the first bytes, as base64 has them; empty for what browsers do not show.
std::string_view type_of_picture(std::string_view base64) {
  if (base64.starts_with("iVBORw0KGgo")) return "image/png";
  if (base64.starts_with("/9j/")) return "image/jpeg";
  if (base64.starts_with("R0lGODdh") || base64.starts_with("R0lGODlh")) return "image/gif";
  // RIFF, four bytes of length, WEBP.
  const bool webp = base64.starts_with("UklGR") && base64.substr(0, 16).ends_with("XRUJQ");
  return webp ? "image/webp" : "";
}

Result<std::string> picture_url(Value image, const std::string& where) {
  const std::string base64 = json::unescape(image.text());
  const std::string_view type = type_of_picture(base64);
  if (type.empty()) return cannot_say(where, "a picture is PNG, JPEG, GIF or WebP in base64");
  return Writer().string("data:" + std::string(type) + ";base64," + base64).take();
}

}  // namespace

Result<std::string> ollama_content(Value text, Value images, const std::string& where) {
  if (images && !images.is(Kind::Array)) return cannot_say(where, "it must be an array");
  const std::vector<Value> pictures = images.elements();
  if (pictures.empty()) return quoted(text.text());
  Writer writer;
  writer.begin_array();
  if (!text.text().empty()) writer.raw(chat_text(text.text()));
  size_t index = 0;
  for (const Value picture : pictures) {
    SRASTA_TRY_ASSIGN(const std::string url, picture_url(picture, at(where, index++)));
    writer.raw(chat_image(url));
  }
  return writer.end_array().take();
}

Result<void> OllamaTurns::add(const Fields& message) {
  const std::string where = at("messages", index_++);
  const Value role = message["role"];
  if (message["content"] && !message["content"].is(Kind::String)) {
    return cannot_say(where + ".content", "it must be a text");
  }
  if (role.says("assistant")) return add_assistant(message, where);
  if (role.says("tool")) return add_result(message, where);
  if (role.says("system") || role.says("user")) return add_said(message, where);
  return cannot_say(where + ".role", "it is system, user, assistant or tool");
}

Result<void> OllamaTurns::add_said(const Fields& message, const std::string& where) {
  SRASTA_TRY_ASSIGN(const std::string content,
                    ollama_content(message["content"], message["images"], where + ".images"));
  writer_.begin_object().key("role").raw(message["role"].raw()).key("content").raw(content);
  writer_.end_object();
  return {};
}

Result<void> OllamaTurns::add_assistant(const Fields& message, const std::string& where) {
  if (!message["images"].elements().empty()) {
    return cannot_say(where + ".images", "the model says texts");
  }
  AssistantTurn turn{.thinking = std::string(message["thinking"].text()),
                     .text = std::string(message["content"].text()),
                     .calls = {}};
  waiting_.clear();
  for (const Value element : message["tool_calls"].elements()) {
    const Fields call(element);
    const Fields function(call["function"]);
    const std::string place = at(where + ".tool_calls", waiting_.size()) + ".function";
    if (!function["name"].is(Kind::String)) return cannot_say(place + ".name", "it is missing");
    const Value arguments = function["arguments"];
    if (arguments && !arguments.is(Kind::Object)) {
      return cannot_say(place + ".arguments", "they must be an object");
    }
    std::string id(call["id"].text());
    if (id.empty()) id = "call_" + std::to_string(index_) + "_" + std::to_string(waiting_.size());
    const std::string text = Writer().string(arguments ? arguments.raw() : "{}").take();
    turn.calls.push_back(chat_call(id, function["name"].text(), Value(text).text()));
    waiting_.push_back({.id = std::move(id), .name = std::string(function["name"].text())});
  }
  turn.write(writer_);
  return {};
}

Result<void> OllamaTurns::add_result(const Fields& message, const std::string& where) {
  const std::string_view id = message["tool_call_id"].text();
  const Value tool = message["tool_name"];
  const std::string_view name = tool ? tool.text() : message["name"].text();
  const auto found = std::ranges::find_if(waiting_, [&](const Waiting& call) {
    return id.empty() ? name.empty() || call.name == name : call.id == id;
  });
  if (found == waiting_.end()) return cannot_say(where, "it is the result of no call before it");
  SRASTA_TRY_ASSIGN(const std::string content,
                    ollama_content(message["content"], message["images"], where + ".images"));
  write_tool_result(writer_, found->id, content);
  waiting_.erase(found);
  return {};
}

}  // namespace srasta::dialects
