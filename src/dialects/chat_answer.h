#pragma once

#include "base/result.h"
#include "dialects/translation.h"
#include "dialects/value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Private to dialects/: a Chat Completions answer as the other protocols need it. Texts are the
// insides of JSON strings, as written.
namespace srasta::dialects {

struct ChatUsage {
  int64_t input = 0;   ///< all of it, cached tokens too
  int64_t output = 0;  ///< all of it, reasoning too
  int64_t cached = 0;
  int64_t reasoning = 0;
};

/// Zeros for what is not there.
[[nodiscard]] ChatUsage read_chat_usage(Value usage);
/// A count of tokens; 0 for what is none, and never so large that sums of some could overflow.
[[nodiscard]] int64_t token_count(Value value);

/// Why generation ended.
struct Finish {
  enum class Reason : uint8_t { Stop, Length, Tools, Filter };
  Reason reason = Reason::Stop;
  bool refused = false;            ///< the model said so in words
  std::string stop_sequence = {};  ///< a string as written, where the engine named it
};

/// From `finish_reason` and what vLLM adds as `stop_reason`.
[[nodiscard]] Finish read_finish(const Fields& choice, bool called_tools, bool refused);

struct ChatCall {
  std::string id;
  std::string name;
  std::string arguments;
};

struct ChatAnswer {
  std::string id;
  std::string model;  ///< a string as written
  int64_t created = 0;
  Finish finish;
  std::string thinking;
  std::string text;
  std::string refusal;
  std::vector<ChatCall> calls;
  ChatUsage usage;
};

/// The arguments of a call as the object that other protocols want; nothing if they are none.
[[nodiscard]] std::optional<std::string> object_of_arguments(std::string_view arguments);

/// Of the first choice.
[[nodiscard]] base::Result<ChatAnswer> read_chat_answer(std::string_view body, const Asked& asked);

/// The thinking of a message or a delta: engines call it `reasoning_content` or `reasoning`.
[[nodiscard]] std::string_view thinking_of(const Fields& message);

/// An id of another protocol from the engine's, so that both can be found by the same letters.
[[nodiscard]] std::string id_for(std::string_view prefix, std::string_view engine_id,
                                 const Asked& asked);

/// What an engine's error says, resolved: {"error":{"message":..}}, {"error":".."} and the like.
[[nodiscard]] std::string error_message(const Fields& body);

}  // namespace srasta::dialects
