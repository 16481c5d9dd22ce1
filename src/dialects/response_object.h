#pragma once

#include "dialects/chat_answer.h"
#include "dialects/translation.h"
#include "json/writer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Private to dialects/: the Response object and its items. Texts are the insides of JSON strings.
namespace srasta::dialects {

struct ResponseFacts {
  std::string id;     ///< the engine's, without a prefix
  std::string model;  ///< a string as written
  int64_t created = 0;
};

enum class ItemKind : uint8_t { Reasoning, Text, Refusal, Call };
enum class ItemState : uint8_t { Begun, Whole, Cut };

/// Items of one answer are told apart by their index.
[[nodiscard]] std::string item_id(ItemKind kind, size_t index, const ResponseFacts& facts);
/// One content part with this text.
[[nodiscard]] std::string content_part(ItemKind kind, std::string_view text);
/// A reasoning or message item; without a part while it is `Begun`.
[[nodiscard]] std::string text_item(ItemKind kind, size_t index, const ResponseFacts& facts,
                                    std::string_view text, ItemState state);
[[nodiscard]] std::string call_item(size_t index, const ResponseFacts& facts, const ChatCall& call,
                                    ItemState state);

/// `finish`: none while it runs. `output`: its items. What a request of Responses said and an
/// answer repeats comes from `asked.body`.
void write_response(json::Writer& writer, const ResponseFacts& facts,
                    const std::optional<Finish>& finish, const std::vector<std::string>& output,
                    const ChatUsage& usage, const Asked& asked);

/// Whether the answer is whole; else something cut it.
[[nodiscard]] bool is_whole(const Finish& finish);

}  // namespace srasta::dialects
