#pragma once

#include "dialects/value.h"
#include "json/writer.h"

#include <string>
#include <string_view>
#include <vector>

// Private to dialects/: what all that translate requests to Chat Completions write alike. Texts are
// the insides of JSON strings, as written; `raw` values are whole ones.
namespace srasta::dialects {

/// What the model said in one turn: Chat has all of it in one message.
struct AssistantTurn {
  std::string thinking;
  std::string text;
  std::vector<std::string> calls;  ///< as `chat_call` writes them

  /// Whether it says nothing; thoughts alone are nothing.
  [[nodiscard]] bool empty() const { return text.empty() && calls.empty(); }
  void write(json::Writer& writer) const;
};

/// One of `tool_calls`.
[[nodiscard]] std::string chat_call(std::string_view id, std::string_view name,
                                    std::string_view arguments);
[[nodiscard]] std::string chat_text(std::string_view text);
/// `detail` may be absent.
[[nodiscard]] std::string chat_image(std::string_view raw_url, Value detail = {});
/// The result of a call; `raw_content` is a text or an array of parts.
void write_tool_result(json::Writer& writer, std::string_view id, std::string_view raw_content);
/// `tool_choice`: this function and no other.
void write_function_choice(json::Writer& writer, Value name);

}  // namespace srasta::dialects
