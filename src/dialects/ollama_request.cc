#include "dialects/ollama_request.h"

#include "dialects/chat_request.h"
#include "dialects/ollama_turns.h"
#include "dialects/refusal.h"
#include "dialects/value.h"
#include "json/writer.h"

#include <algorithm>
#include <array>
#include <span>

namespace srasta::dialects {
namespace {

using base::Result;
using json::Kind;
using json::Writer;

constexpr auto kKnownInChat = std::to_array<std::string_view>(
    {"model", "messages", "tools", "format", "options", "stream", "think",
     // Only with the value that asks for nothing.
     "logprobs", "top_logprobs",
     // Hints: they speak of how the engine keeps the model and its window.
     "keep_alive", "truncate", "shift"});

constexpr auto kKnownInPrompt = std::to_array<std::string_view>(
    {"model", "prompt", "system", "images", "format", "options", "stream", "think",
     // Only with the value that asks for nothing.
     "suffix", "template", "raw", "context", "logprobs", "top_logprobs",
     // Hints.
     "keep_alive", "truncate", "shift"});

constexpr auto kKnownInEmbed =
    std::to_array<std::string_view>({"model", "input", "dimensions",
                                     // Hints.
                                     "truncate", "keep_alive", "options"});

constexpr auto kOnlyUnused = std::to_array<std::string_view>(
    {"suffix", "template", "raw", "context", "logprobs", "top_logprobs"});

/// Of `options`: what Chat calls the same.
constexpr auto kSameOptions =
    std::to_array<std::string_view>({"temperature", "top_p", "top_k", "min_p", "seed", "stop",
                                     "presence_penalty", "frequency_penalty"});

/// Of `options`: how the engine runs the model, and samplers that engines have under different
/// names or not at all.
constexpr auto kHintedOptions = std::to_array<std::string_view>(
    {"num_ctx",          "num_batch",  "num_gpu",    "main_gpu",      "num_thread",
     "num_keep",         "numa",       "use_mmap",   "use_mlock",     "low_vram",
     "f16_kv",           "vocab_only", "logits_all", "repeat_last_n", "repeat_penalty",
     "penalize_newline", "typical_p",  "tfs_z",      "mirostat",      "mirostat_eta",
     "mirostat_tau"});

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// Clients that write every member of theirs write these for nothing.
bool asks_for_nothing(Value value) {
  return !value || value.raw() == "false" || value.number() == 0 || value.raw() == "\"\"" ||
         (value.is(Kind::Array) && value.elements().empty());
}

Result<void> check_extras(const Fields& body) {
  for (const std::string_view name : kOnlyUnused) {
    if (!asks_for_nothing(body[name])) {
      return cannot_say(std::string(name), "it has no counterpart in the engine's protocol");
    }
  }
  return {};
}

/// Below zero is no limit.
Result<void> write_limit(Writer& writer, Value limit) {
  if (!limit) return {};
  const auto number = limit.integer();
  if (!number || *number == 0) return cannot_say("options.num_predict", "it is a whole number");
  if (*number > 0) writer.key("max_tokens").raw(limit.raw());
  return {};
}

Result<void> write_options(Writer& writer, Value value) {
  if (!value) return {};
  if (!value.is(Kind::Object)) return cannot_say("options", "it must be an object");
  const Fields options(value);
  for (const auto& [name, option] : options.all()) {
    const bool known =
        name == "num_predict" || is_one_of(name, kSameOptions) || is_one_of(name, kHintedOptions);
    if (option && !known) {
      return cannot_say("options." + name, "it has no counterpart in the engine's protocol");
    }
  }
  SRASTA_TRY(write_limit(writer, options["num_predict"]));
  for (const std::string_view same : kSameOptions) {
    if (const Value option = options[same]) writer.key(same).raw(option.raw());
  }
  return {};
}

Result<void> write_format(Writer& writer, Value format) {
  if (!format || format.raw() == "\"\"") return {};
  if (format.says("json")) {
    writer.key("response_format").begin_object().member("type", "json_object").end_object();
    return {};
  }
  if (!format.is(Kind::Object)) return cannot_say("format", "it is json or a schema");
  writer.key("response_format").begin_object().member("type", "json_schema").key("json_schema");
  writer.begin_object().member("name", "answer").key("schema").raw(format.raw());
  writer.end_object().end_object();
  return {};
}

/// Models that think do so unless they are told how much.
Result<void> write_think(Writer& writer, Value think) {
  if (!think || think.is_true()) return {};
  if (think.raw() == "false") {
    writer.member("reasoning_effort", "none");
    return {};
  }
  if (!think.says("low") && !think.says("medium") && !think.says("high")) {
    return cannot_say("think", "it is true, false, low, medium or high");
  }
  writer.key("reasoning_effort").raw(think.raw());
  return {};
}

/// What both ways to ask for a text have in common.
Result<void> write_rest(Writer& writer, const Fields& body) {
  SRASTA_TRY(write_options(writer, body["options"]));
  SRASTA_TRY(write_format(writer, body["format"]));
  SRASTA_TRY(write_think(writer, body["think"]));
  const Value stream = body["stream"];
  writer.key("stream").raw(stream ? stream.raw() : "true");
  return {};
}

Writer begin_request(const Fields& body) {
  Writer writer;
  writer.begin_object();
  if (const Value model = body["model"]) writer.key("model").raw(model.raw());
  return writer;
}

/// Ollama only loads the model then, or lets it go.
base::Error nothing_asked(std::string_view name) {
  return cannot_say(std::string(name), "it is empty, and the engine loads no models for clients");
}

}  // namespace

Result<std::string> chat_request_of_ollama(std::string_view text) {
  const Fields body(text);
  SRASTA_TRY(only_known(body, kKnownInChat));
  SRASTA_TRY(check_extras(body));
  const std::vector<Value> messages = body["messages"].elements();
  if (messages.empty()) return nothing_asked("messages");
  Writer writer = begin_request(body);
  writer.key("messages").begin_array();
  OllamaTurns turns(writer);
  for (const Value message : messages) SRASTA_TRY(turns.add(Fields(message)));
  writer.end_array();
  if (const Value tools = body["tools"]; !tools.elements().empty()) {
    writer.key("tools").raw(tools.raw());
  } else if (!asks_for_nothing(tools)) {
    return cannot_say("tools", "it must be an array");
  }
  SRASTA_TRY(write_rest(writer, body));
  return writer.end_object().take();
}

Result<std::string> chat_request_of_ollama_prompt(std::string_view text) {
  const Fields body(text);
  SRASTA_TRY(only_known(body, kKnownInPrompt));
  SRASTA_TRY(check_extras(body));
  if (body["prompt"].text().empty()) return nothing_asked("prompt");
  Writer writer = begin_request(body);
  writer.key("messages").begin_array();
  if (const Value system = body["system"]; !system.text().empty()) {
    writer.begin_object().member("role", "system").key("content").raw(system.raw()).end_object();
  }
  SRASTA_TRY_ASSIGN(const std::string content,
                    ollama_content(body["prompt"], body["images"], "images"));
  writer.begin_object().member("role", "user").key("content").raw(content).end_object();
  writer.end_array();
  SRASTA_TRY(write_rest(writer, body));
  return writer.end_object().take();
}

Result<std::string> embed_request_of_ollama(std::string_view text) {
  const Fields body(text);
  SRASTA_TRY(only_known(body, kKnownInEmbed));
  const Value input = body["input"];
  if (!input.is(Kind::String) && !input.is(Kind::Array)) {
    return cannot_say("input", "it is a text or an array of texts");
  }
  Writer writer = begin_request(body);
  writer.key("input").raw(input.raw()).member("encoding_format", "float");
  if (const Value dimensions = body["dimensions"]; !asks_for_nothing(dimensions)) {
    writer.key("dimensions").raw(dimensions.raw());
  }
  return writer.end_object().take();
}

}  // namespace srasta::dialects
