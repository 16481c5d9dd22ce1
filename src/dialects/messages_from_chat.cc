#include "dialects/messages_from_chat.h"

#include "dialects/messages_turns.h"
#include "dialects/refusal.h"
#include "dialects/value.h"
#include "json/writer.h"

#include <algorithm>
#include <array>
#include <vector>

namespace srasta::dialects {
namespace {

using base::Result;
using json::Kind;
using json::Writer;

constexpr auto kKnown = std::to_array<std::string_view>(
    {"model", "messages", "max_tokens", "max_completion_tokens", "stop", "temperature", "top_p",
     "top_k", "stream", "user", "tools", "tool_choice", "parallel_tool_calls", "response_format",
     "reasoning_effort",
     // Only with the value that asks for nothing.
     "n", "logprobs", "top_logprobs", "frequency_penalty", "presence_penalty", "logit_bias",
     "modalities",
     // Hints: without them the answer is of the same kind.
     "stream_options", "seed", "metadata", "store", "service_tier", "safety_identifier",
     "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "verbosity",
     "prediction"});

constexpr auto kOnlyUnused =
    std::to_array<std::string_view>({"n", "logprobs", "top_logprobs", "frequency_penalty",
                                     "presence_penalty", "logit_bias", "modalities"});

bool asks_for_nothing(std::string_view name, Value value) {
  if (name == "n") return value.number() == 1;
  if (name == "logprobs") return value.raw() == "false";
  if (name == "logit_bias") return value.is(Kind::Object) && Fields(value).all().empty();
  if (name != "modalities") return value.number() == 0;
  const std::vector<Value> all = value.elements();
  return !all.empty() && std::ranges::all_of(all, [](Value one) { return one.says("text"); });
}

Result<void> check_extras(const Fields& body) {
  for (const std::string_view name : kOnlyUnused) {
    if (const Value value = body[name]; value && !asks_for_nothing(name, value)) {
      return cannot_say(std::string(name), "it has no counterpart in the engine's protocol");
    }
  }
  return {};
}

Result<void> write_conversation(Writer& writer, const Fields& body) {
  if (!body["messages"].is(Kind::Array)) return cannot_say("messages", "it must be an array");
  MessagesTurns turns;
  size_t index = 0;
  for (const Value message : body["messages"].elements()) {
    SRASTA_TRY(turns.add(Fields(message), at("messages", index++)));
  }
  turns.write(writer);
  return {};
}

Result<void> write_tools(Writer& writer, Value tools) {
  if (tools && !tools.is(Kind::Array)) return cannot_say("tools", "it must be an array");
  const std::vector<Value> all = tools.elements();
  if (all.empty()) return {};
  writer.key("tools").begin_array();
  size_t index = 0;
  for (const Value element : all) {
    const Fields tool(element);
    const Fields function(tool["function"]);
    const std::string where = at("tools", index++);
    if (!tool["type"].says("function")) {
      return cannot_say(where + ".type", "the engine has functions only");
    }
    if (!function["name"].is(Kind::String)) {
      return cannot_say(where + ".function.name", "it is missing");
    }
    writer.begin_object().key("name").raw(function["name"].raw());
    if (const Value text = function["description"]) writer.key("description").raw(text.raw());
    const Value schema = function["parameters"];
    writer.key("input_schema").raw(schema ? schema.raw() : R"({"type":"object","properties":{}})");
    if (const Value strict = function["strict"]) writer.key("strict").raw(strict.raw());
    writer.end_object();
  }
  writer.end_array();
  return {};
}

/// Messages says in the choice, too, that calls come one at a time.
Result<void> write_tool_choice(Writer& writer, const Fields& body) {
  const Value choice = body["tool_choice"];
  const Fields named(choice);
  const Value name = Fields(named["function"])["name"];
  const bool is_auto = !choice || choice.says("auto");
  const bool is_none = choice.says("none");
  const bool is_named = named["type"].says("function") && name.is(Kind::String);
  if (!is_auto && !is_none && !choice.says("required") && !is_named) {
    return cannot_say("tool_choice", "it is auto, none, required or a function by name");
  }
  const bool one_at_a_time = body["parallel_tool_calls"].raw() == "false" && !is_none;
  // Without tools there is nothing to choose, and Messages refuses to be told.
  if (body["tools"].elements().empty() && (is_auto || is_none)) return {};
  if (!choice && !one_at_a_time) return {};
  writer.key("tool_choice").begin_object();
  writer.member("type", is_named ? "tool" : is_none ? "none" : is_auto ? "auto" : "any");
  if (is_named) writer.key("name").raw(name.raw());
  if (one_at_a_time) writer.member("disable_parallel_tool_use", true);
  writer.end_object();
  return {};
}

/// The schema of the answer; absent if any text will do.
Result<Value> schema_of(const Fields& body) {
  const Fields format(body["response_format"]);
  if (!body["response_format"] || format["type"].says("text")) return Value();
  const Value schema = Fields(format["json_schema"])["schema"];
  if (!format["type"].says("json_schema") || !schema.is(Kind::Object)) {
    return cannot_say("response_format", "it is text, or json_schema with a schema");
  }
  return schema;
}

Result<void> write_output_config(Writer& writer, const Fields& body) {
  SRASTA_TRY_ASSIGN(const Value schema, schema_of(body));
  const Value effort = body["reasoning_effort"];
  if (effort.says("none")) {
    writer.key("thinking").begin_object().member("type", "disabled").end_object();
  }
  const bool has_effort = effort.is(Kind::String) && !effort.says("none");
  if (!has_effort && !schema) return {};
  writer.key("output_config").begin_object();
  if (has_effort) writer.key("effort").raw(effort.says("minimal") ? "\"low\"" : effort.raw());
  if (schema) {
    writer.key("format").begin_object().member("type", "json_schema");
    writer.key("schema").raw(schema.raw()).end_object();
  }
  writer.end_object();
  return {};
}

Result<void> write_sampling(Writer& writer, const Fields& body) {
  if (const Value temperature = body["temperature"]) {
    // Of 0 to 2 in Chat, of 0 to 1 here: a clamped one would not be what the client asked for.
    const auto number = temperature.number();
    if (!number || *number > 1) return cannot_say("temperature", "the engine takes 0 to 1");
    writer.key("temperature").raw(temperature.raw());
  }
  for (const std::string_view same : {"top_p", "top_k", "stream"}) {
    if (const Value value = body[same]) writer.key(same).raw(value.raw());
  }
  if (const Value stop = body["stop"]) {
    writer.key("stop_sequences");
    if (stop.is(Kind::Array)) {
      writer.raw(stop.raw());
    } else {
      writer.begin_array().raw(stop.raw()).end_array();
    }
  }
  return {};
}

void write_limit(Writer& writer, const Fields& body) {
  const Value newer = body["max_completion_tokens"];
  const Value limit = newer ? newer : body["max_tokens"];
  if (limit) writer.key("max_tokens").raw(limit.raw());
}

}  // namespace

Result<std::string> messages_request_of_chat(std::string_view text) {
  const Fields body(text);
  SRASTA_TRY(only_known(body, kKnown));
  SRASTA_TRY(check_extras(body));
  Writer writer;
  writer.begin_object();
  if (const Value model = body["model"]) writer.key("model").raw(model.raw());
  write_limit(writer, body);
  SRASTA_TRY(write_conversation(writer, body));
  SRASTA_TRY(write_tools(writer, body["tools"]));
  SRASTA_TRY(write_tool_choice(writer, body));
  SRASTA_TRY(write_output_config(writer, body));
  SRASTA_TRY(write_sampling(writer, body));
  if (const Value user = body["user"]) {
    writer.key("metadata").begin_object().key("user_id").raw(user.raw()).end_object();
  }
  return writer.end_object().take();
}

}  // namespace srasta::dialects
