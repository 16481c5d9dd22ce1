#include "dialects/response_object.h"

#include <array>
#include <utility>

namespace srasta::dialects {
namespace {

using json::Writer;

/// What an answer repeats, with what the protocol says where a request left it out.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kRepeated = {
    {{"instructions", "null"},
     {"max_output_tokens", "null"},
     {"metadata", "{}"},
     {"parallel_tool_calls", "true"},
     {"reasoning", R"({"effort":null,"summary":null})"},
     {"temperature", "1.0"},
     {"text", R"({"format":{"type":"text"}})"},
     {"tool_choice", R"("auto")"},
     {"tools", "[]"},
     {"top_p", "1.0"}}};

std::string_view to_string(ItemState state) {
  switch (state) {
    case ItemState::Begun:
      return "in_progress";
    case ItemState::Cut:
      return "incomplete";
    case ItemState::Whole:
      break;
  }
  return "completed";
}

void write_usage(Writer& writer, const ChatUsage& usage) {
  writer.key("usage").begin_object().member("input_tokens", usage.input);
  writer.key("input_tokens_details").begin_object();
  writer.member("cached_tokens", usage.cached).end_object();
  writer.member("output_tokens", usage.output).key("output_tokens_details").begin_object();
  writer.member("reasoning_tokens", usage.reasoning).end_object();
  writer.member("total_tokens", usage.input + usage.output).end_object();
}

void write_status(Writer& writer, const std::optional<Finish>& finish) {
  const bool whole = !finish || is_whole(*finish);
  writer.member("status", !finish ? "in_progress" : whole ? "completed" : "incomplete");
  writer.key("error").null().key("incomplete_details");
  if (whole) {
    writer.null();
    return;
  }
  const bool filtered = finish->reason == Finish::Reason::Filter;
  writer.begin_object();
  writer.member("reason", filtered ? "content_filter" : "max_output_tokens").end_object();
}

}  // namespace

bool is_whole(const Finish& finish) {
  return finish.reason != Finish::Reason::Length && finish.reason != Finish::Reason::Filter;
}

std::string item_id(ItemKind kind, size_t index, const ResponseFacts& facts) {
  const std::string_view prefix = kind == ItemKind::Reasoning ? "rs_"
                                  : kind == ItemKind::Call    ? "fc_"
                                                              : "msg_";
  return std::string(prefix) + facts.id + "_" + std::to_string(index);
}

std::string content_part(ItemKind kind, std::string_view text) {
  Writer writer;
  writer.begin_object();
  if (kind == ItemKind::Reasoning) {
    writer.member("type", "reasoning_text").key("text").raw(quoted(text));
  } else if (kind == ItemKind::Refusal) {
    writer.member("type", "refusal").key("refusal").raw(quoted(text));
  } else {
    writer.member("type", "output_text").key("text").raw(quoted(text));
    writer.key("annotations").begin_array().end_array().key("logprobs").begin_array().end_array();
  }
  return writer.end_object().take();
}

std::string text_item(ItemKind kind, size_t index, const ResponseFacts& facts,
                      std::string_view text, ItemState state) {
  Writer writer;
  writer.begin_object().key("id").raw(quoted(item_id(kind, index, facts)));
  if (kind == ItemKind::Reasoning) {
    writer.member("type", "reasoning").key("summary").begin_array().end_array();
  } else {
    writer.member("type", "message").member("role", "assistant");
  }
  writer.member("status", to_string(state)).key("content").begin_array();
  if (state != ItemState::Begun) writer.raw(content_part(kind, text));
  return writer.end_array().end_object().take();
}

std::string call_item(size_t index, const ResponseFacts& facts, const ChatCall& call,
                      ItemState state) {
  Writer writer;
  writer.begin_object().key("id").raw(quoted(item_id(ItemKind::Call, index, facts)));
  writer.member("type", "function_call").member("status", to_string(state));
  writer.key("call_id").raw(quoted(call.id)).key("name").raw(quoted(call.name));
  return writer.key("arguments").raw(quoted(call.arguments)).end_object().take();
}

void write_response(Writer& writer, const ResponseFacts& facts, const std::optional<Finish>& finish,
                    const std::vector<std::string>& output, const ChatUsage& usage,
                    const Asked& asked) {
  writer.begin_object().key("id").raw(quoted("resp_" + facts.id)).member("object", "response");
  writer.member("created_at", facts.created).key("model").raw(facts.model);
  write_status(writer, finish);
  writer.key("output").begin_array();
  for (const std::string& item : output) writer.raw(item);
  writer.end_array();
  if (finish) {
    write_usage(writer, usage);
  } else {
    writer.key("usage").null();
  }
  const Fields body(asked.body);
  for (const auto& [name, usual] : kRepeated) {
    const Value value = body[name];
    writer.key(name).raw(value ? value.raw() : usual);
  }
  writer.key("previous_response_id").null().member("background", false).member("store", false);
  writer.member("truncation", "disabled").end_object();
}

}  // namespace srasta::dialects
