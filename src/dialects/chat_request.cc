#include "dialects/chat_request.h"

namespace srasta::dialects {

using json::Writer;

void AssistantTurn::write(Writer& writer) const {
  writer.begin_object().member("role", "assistant").key("content");
  const bool only_calls = text.empty() && !calls.empty();
  writer.raw(only_calls ? "null" : quoted(text));
  if (!thinking.empty()) writer.key("reasoning_content").raw(quoted(thinking));
  if (!calls.empty()) {
    writer.key("tool_calls").begin_array();
    for (const std::string& call : calls) writer.raw(call);
    writer.end_array();
  }
  writer.end_object();
}

std::string chat_call(std::string_view id, std::string_view name, std::string_view arguments) {
  Writer writer;
  writer.begin_object().key("id").raw(quoted(id)).member("type", "function");
  writer.key("function").begin_object().key("name").raw(quoted(name));
  return writer.key("arguments").raw(quoted(arguments)).end_object().end_object().take();
}

std::string chat_text(std::string_view text) {
  Writer writer;
  writer.begin_object().member("type", "text").key("text").raw(quoted(text));
  return writer.end_object().take();
}

std::string chat_image(std::string_view raw_url, Value detail) {
  Writer writer;
  writer.begin_object().member("type", "image_url").key("image_url").begin_object();
  writer.key("url").raw(raw_url);
  if (detail) writer.key("detail").raw(detail.raw());
  return writer.end_object().end_object().take();
}

void write_tool_result(Writer& writer, std::string_view id, std::string_view raw_content) {
  writer.begin_object().member("role", "tool").key("tool_call_id").raw(quoted(id));
  writer.key("content").raw(raw_content).end_object();
}

void write_function_choice(Writer& writer, Value name) {
  writer.key("tool_choice").begin_object().member("type", "function").key("function");
  writer.begin_object().key("name").raw(name.raw()).end_object().end_object();
}

}  // namespace srasta::dialects
