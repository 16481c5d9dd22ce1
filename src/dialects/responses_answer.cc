#include "dialects/responses_answer.h"

#include "dialects/chat_answer.h"
#include "dialects/chat_stream.h"
#include "dialects/response_object.h"
#include "json/writer.h"

namespace srasta::dialects {
namespace {

using json::Writer;

/// Of the answer, which its last event repeats.
constexpr size_t kLargestAnswer = size_t{16} << 20;

class ResponsesStream final : public ChatStream {
 public:
  explicit ResponsesStream(const Asked& asked) : ChatStream(asked) {}

  std::string failure(const Failure& failure) override {
    return error_event(Protocol::Responses, failure, false, sequence_);
  }

 private:
  static ItemKind item_kind(const Block& block) {
    switch (block.kind) {
      case BlockKind::Thinking:
        return ItemKind::Reasoning;
      case BlockKind::Refusal:
        return ItemKind::Refusal;
      case BlockKind::Call:
        return ItemKind::Call;
      case BlockKind::Text:
        break;
    }
    return ItemKind::Text;
  }

  Writer event(std::string_view name) {
    Writer writer;
    writer.begin_object().member("type", name);
    writer.member("sequence_number", static_cast<int64_t>(sequence_++));
    send("event: ");
    send(name);
    send("\ndata: ");
    return writer;
  }

  void emit(Writer& writer) {
    send(writer.end_object().text());
    send("\n\n");
  }

  void emit_response(std::string_view name, const std::optional<Finish>& finish,
                     const ChatUsage& usage) {
    Writer writer = event(name);
    writer.key("response");
    write_response(writer, facts_, finish, output_, usage, asked());
    emit(writer);
  }

  void emit_item(std::string_view name, const Block& block, std::string_view item) {
    Writer writer = event(name);
    writer.member("output_index", static_cast<int64_t>(block.index)).key("item").raw(item);
    emit(writer);
  }

  /// An event about the item, or the part of it that is open.
  Writer event_of(std::string_view name, const Block& block) {
    Writer writer = event(name);
    writer.key("item_id").raw(quoted(item_id(item_kind(block), block.index, facts_)));
    writer.member("output_index", static_cast<int64_t>(block.index));
    if (block.kind != BlockKind::Call) writer.member("content_index", int64_t{0});
    return writer;
  }

  void begin(std::string_view id, std::string_view model, const ChatUsage& usage) override {
    facts_ = {.id = id_for("", id, asked()), .model = std::string(model), .created = asked().now};
    emit_response("response.created", std::nullopt, usage);
    emit_response("response.in_progress", std::nullopt, usage);
  }

  void open(const Block& block) override {
    text_.clear();
    if (block.kind == BlockKind::Call) {
      const ChatCall call{.id = block.id, .name = block.name, .arguments = {}};
      return emit_item("response.output_item.added", block,
                       call_item(block.index, facts_, call, ItemState::Begun));
    }
    const ItemKind kind = item_kind(block);
    emit_item("response.output_item.added", block,
              text_item(kind, block.index, facts_, {}, ItemState::Begun));
    Writer writer = event_of("response.content_part.added", block);
    writer.key("part").raw(content_part(kind, {}));
    emit(writer);
  }

  static std::string_view noun(const Block& block) {
    switch (block.kind) {
      case BlockKind::Thinking:
        return "response.reasoning_text";
      case BlockKind::Refusal:
        return "response.refusal";
      case BlockKind::Call:
        return "response.function_call_arguments";
      case BlockKind::Text:
        break;
    }
    return "response.output_text";
  }

  void append(const Block& block, std::string_view text) override {
    Writer writer = event_of(std::string(noun(block)) + ".delta", block);
    writer.key("delta").raw(quoted(text));
    if (block.kind == BlockKind::Text) writer.key("logprobs").begin_array().end_array();
    emit(writer);
    text_ += text;
    size_ += text.size();
    if (size_ > kLargestAnswer) set(State::Broken);
  }

  void close(const Block& block) override {
    const ItemKind kind = item_kind(block);
    const ItemState state = is_cut() ? ItemState::Cut : ItemState::Whole;
    Writer done = event_of(std::string(noun(block)) + ".done", block);
    if (block.kind == BlockKind::Call) {
      done.key("name").raw(quoted(block.name)).key("arguments").raw(quoted(text_));
      emit(done);
      const ChatCall call{.id = block.id, .name = block.name, .arguments = text_};
      output_.push_back(call_item(block.index, facts_, call, state));
    } else {
      done.key(block.kind == BlockKind::Refusal ? "refusal" : "text").raw(quoted(text_));
      if (block.kind == BlockKind::Text) done.key("logprobs").begin_array().end_array();
      emit(done);
      Writer part = event_of("response.content_part.done", block);
      part.key("part").raw(content_part(kind, text_));
      emit(part);
      output_.push_back(text_item(kind, block.index, facts_, text_, state));
    }
    emit_item("response.output_item.done", block, output_.back());
  }

  void end(const Finish& finish, const ChatUsage& usage) override {
    emit_response(is_whole(finish) ? "response.completed" : "response.incomplete", finish, usage);
  }

  ResponseFacts facts_;
  std::vector<std::string> output_;
  std::string text_;  // of the open block
  size_t size_ = 0;
  uint64_t sequence_ = 0;
};

}  // namespace

base::Result<std::string> responses_answer(std::string_view body, const Asked& asked) {
  SRASTA_TRY_ASSIGN(const ChatAnswer answer, read_chat_answer(body, asked));
  const ResponseFacts facts{
      .id = id_for("", answer.id, asked), .model = answer.model, .created = answer.created};
  const ItemState state = is_whole(answer.finish) ? ItemState::Whole : ItemState::Cut;
  std::vector<std::string> output;
  const auto add = [&](ItemKind kind, std::string_view text) {
    if (!text.empty()) output.push_back(text_item(kind, output.size(), facts, text, state));
  };
  add(ItemKind::Reasoning, answer.thinking);
  add(ItemKind::Text, answer.text);
  add(ItemKind::Refusal, answer.refusal);
  for (const ChatCall& call : answer.calls) {
    output.push_back(call_item(output.size(), facts, call, state));
  }
  Writer writer;
  write_response(writer, facts, answer.finish, output, answer.usage, asked);
  return writer.take();
}

std::unique_ptr<StreamTranslator> responses_stream(const Asked& asked) {
  return std::make_unique<ResponsesStream>(asked);
}

}  // namespace srasta::dialects
