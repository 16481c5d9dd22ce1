#include "dialects/messages_answer.h"

#include "dialects/chat_answer.h"
#include "dialects/chat_stream.h"
#include "json/writer.h"

#include <algorithm>

namespace srasta::dialects {
namespace {

using json::Writer;

std::string_view stop_reason(const Finish& finish) {
  switch (finish.reason) {
    case Finish::Reason::Length:
      return "max_tokens";
    case Finish::Reason::Filter:
      return "refusal";
    case Finish::Reason::Tools:
      return "tool_use";
    case Finish::Reason::Stop:
      break;
  }
  if (finish.refused) return "refusal";
  return finish.stop_sequence.empty() ? "end_turn" : "stop_sequence";
}

void write_stop(Writer& writer, const Finish& finish) {
  writer.member("stop_reason", stop_reason(finish)).key("stop_sequence");
  writer.raw(finish.stop_sequence.empty() ? "null" : finish.stop_sequence);
}

/// Anthropic counts tokens that came out of a cache apart.
void write_usage(Writer& writer, const ChatUsage& usage) {
  const int64_t cached = std::min(usage.cached, usage.input);
  writer.key("usage").begin_object();
  writer.member("input_tokens", usage.input - cached);
  writer.member("cache_creation_input_tokens", int64_t{0});
  writer.member("cache_read_input_tokens", cached);
  writer.member("output_tokens", usage.output).end_object();
}

void write_text_block(Writer& writer, std::string_view kind, std::string_view text) {
  writer.begin_object().member("type", kind).key(kind).raw(quoted(text));
  if (kind == "thinking") writer.member("signature", "");
  writer.end_object();
}

void write_tool_use(Writer& writer, const ChatCall& call, std::string_view input) {
  writer.begin_object().member("type", "tool_use");
  writer.key("id").raw(quoted(call.id)).key("name").raw(quoted(call.name));
  writer.key("input").raw(input).end_object();
}

class MessagesStream final : public ChatStream {
 public:
  explicit MessagesStream(const Asked& asked) : ChatStream(asked) {}

  std::string failure(const Failure& failure) override {
    return error_event(Protocol::Messages, failure, false);
  }

 private:
  void emit(std::string_view name, Writer& writer) {
    send("event: ");
    send(name);
    send("\ndata: ");
    send(writer.end_object().text());
    send("\n\n");
  }

  static Writer event(std::string_view name) {
    Writer writer;
    writer.begin_object().member("type", name);
    return writer;
  }

  void begin(std::string_view id, std::string_view model, const ChatUsage& usage) override {
    Writer writer = event("message_start");
    writer.key("message").begin_object();
    writer.key("id").raw(quoted(id_for("msg_", id, asked())));
    writer.member("type", "message").member("role", "assistant").key("model").raw(model);
    writer.key("content").begin_array().end_array();
    writer.key("stop_reason").null().key("stop_sequence").null();
    write_usage(writer, usage);
    writer.end_object();
    emit("message_start", writer);
  }

  void open(const Block& block) override {
    Writer writer = event("content_block_start");
    writer.member("index", static_cast<int64_t>(block.index)).key("content_block");
    if (block.kind == BlockKind::Call) {
      writer.begin_object().member("type", "tool_use").key("id").raw(quoted(block.id));
      writer.key("name").raw(quoted(block.name));
      writer.key("input").begin_object().end_object().end_object();
    } else {
      write_text_block(writer, block.kind == BlockKind::Thinking ? "thinking" : "text", "");
    }
    emit("content_block_start", writer);
  }

  void append(const Block& block, std::string_view text) override {
    Writer writer = event("content_block_delta");
    writer.member("index", static_cast<int64_t>(block.index)).key("delta").begin_object();
    switch (block.kind) {
      case BlockKind::Call:
        writer.member("type", "input_json_delta").key("partial_json");
        break;
      case BlockKind::Thinking:
        writer.member("type", "thinking_delta").key("thinking");
        break;
      case BlockKind::Text:
      case BlockKind::Refusal:
        writer.member("type", "text_delta").key("text");
        break;
    }
    writer.raw(quoted(text)).end_object();
    emit("content_block_delta", writer);
  }

  void close(const Block& block) override {
    Writer writer = event("content_block_stop");
    writer.member("index", static_cast<int64_t>(block.index));
    emit("content_block_stop", writer);
  }

  void end(const Finish& finish, const ChatUsage& usage) override {
    Writer delta = event("message_delta");
    delta.key("delta").begin_object();
    write_stop(delta, finish);
    delta.end_object();
    write_usage(delta, usage);
    emit("message_delta", delta);
    Writer stop = event("message_stop");
    emit("message_stop", stop);
  }
};

}  // namespace

base::Result<std::string> messages_answer(std::string_view body, const Asked& asked) {
  SRASTA_TRY_ASSIGN(const ChatAnswer answer, read_chat_answer(body, asked));
  Writer writer;
  writer.begin_object().key("id").raw(quoted(id_for("msg_", answer.id, asked)));
  writer.member("type", "message").member("role", "assistant").key("model").raw(answer.model);
  writer.key("content").begin_array();
  if (!answer.thinking.empty()) write_text_block(writer, "thinking", answer.thinking);
  if (!answer.text.empty()) write_text_block(writer, "text", answer.text);
  if (!answer.refusal.empty()) write_text_block(writer, "text", answer.refusal);
  for (const ChatCall& call : answer.calls) {
    if (const auto input = object_of_arguments(call.arguments)) {
      write_tool_use(writer, call, *input);
    } else if (answer.finish.reason != Finish::Reason::Length) {
      return base::make_error(base::Code::Invalid, "the arguments of a call are not an object");
    }
    // A call that the limit cut is no call: the stop reason says it.
  }
  writer.end_array();
  write_stop(writer, answer.finish);
  write_usage(writer, answer.usage);
  return writer.end_object().take();
}

std::unique_ptr<StreamTranslator> messages_stream(const Asked& asked) {
  return std::make_unique<MessagesStream>(asked);
}

}  // namespace srasta::dialects
