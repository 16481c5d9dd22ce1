#include "dialects/chat_from_messages.h"

#include "dialects/chat_answer.h"
#include "dialects/event_stream.h"
#include "json/writer.h"

#include <algorithm>
#include <map>

namespace srasta::dialects {
namespace {

using json::Kind;
using json::Writer;

constexpr size_t kMostBlocks = 1024;

/// Anthropic counts what a cache read or wrote apart. A stream tells the input at its beginning and
/// the output, which grows, at its end; some engines repeat the first in the second.
class MessagesUsage {
 public:
  void learn(const Fields& usage) {
    learn(input_, usage["input_tokens"]);
    learn(written_, usage["cache_creation_input_tokens"]);
    learn(read_, usage["cache_read_input_tokens"]);
    learn(output_, usage["output_tokens"]);
  }

  void write(Writer& writer) const {
    const int64_t prompt = input_ + written_ + read_;
    writer.key("usage").begin_object().member("prompt_tokens", prompt);
    writer.member("completion_tokens", output_).member("total_tokens", prompt + output_);
    writer.key("prompt_tokens_details").begin_object();
    writer.member("cached_tokens", read_).end_object().end_object();
  }

 private:
  static void learn(int64_t& known, Value told) { known = std::max(known, token_count(told)); }

  int64_t input_ = 0;
  int64_t written_ = 0;
  int64_t read_ = 0;
  int64_t output_ = 0;
};

std::string_view finish_reason(Value stop_reason, bool called) {
  if (stop_reason.says("max_tokens") || stop_reason.says("model_context_window_exceeded")) {
    return "length";
  }
  if (stop_reason.says("refusal")) return "content_filter";
  return called ? "tool_calls" : "stop";
}

std::string_view model_of(const Fields& message) {
  const Value model = message["model"];
  return model.is(Kind::String) ? model.raw() : "\"\"";
}

/// What stands around the choices; `choices` is the next key.
Writer begin_answer(std::string_view kind, std::string_view id, std::string_view model,
                    const Asked& asked) {
  Writer writer;
  writer.begin_object().key("id").raw(quoted(id)).member("object", kind);
  writer.member("created", asked.now).key("model").raw(model);
  return writer;
}

struct Call {
  std::string_view id;
  std::string_view name;
  std::string_view arguments;  ///< JSON text, not written as a string
};

void write_call(Writer& writer, const Call& call) {
  writer.begin_object().key("id").raw(quoted(call.id)).member("type", "function");
  writer.key("function").begin_object().key("name").raw(quoted(call.name));
  writer.member("arguments", call.arguments).end_object().end_object();
}

class ChatOfMessages final : public EventStream {
 public:
  explicit ChatOfMessages(const Asked& asked)
      : asked_(asked),
        tells_usage_(Fields(Fields(asked.body)["stream_options"])["include_usage"].is_true()) {}

  std::string failure(const Failure& failure) override {
    return error_event(Protocol::Chat, failure, false);
  }

 private:
  /// `Other`: of tools that nobody offered, and what is not known here; left out.
  enum class BlockKind : uint8_t { Said, Call, Other };
  struct Block {
    BlockKind kind = BlockKind::Other;
    int64_t call = 0;        ///< of a call: its index among calls
    std::string input = {};  ///< as the block began with it, a string; empty once a delta has come
  };

  void on_event(const Fields& data) override {
    const Value type = data["type"];
    if (type.says("error")) return report(data, asked_);
    if (type.says("message_start")) return begin(Fields(data["message"]));
    // New kinds of events may come at any time.
    const bool known = type.text().starts_with("content_block_") || type.says("message_delta") ||
                       type.says("message_stop");
    if (!known) return;
    if (!begun_) return set(State::Broken);
    if (type.says("message_delta")) return take_message_delta(data);
    if (type.says("message_stop")) return on_done();
    take_block_event(type, data);
  }

  void take_block_event(Value type, const Fields& data) {
    const bool stops = type.says("content_block_stop");
    const auto index = data["index"].integer();
    if (!index || (finished_ && !stops)) return set(State::Broken);
    if (type.says("content_block_start")) return start_block(*index, Fields(data["content_block"]));
    const auto found = blocks_.find(*index);
    if (found == blocks_.end()) return set(State::Broken);
    if (type.says("content_block_delta")) return take_delta(found->second, Fields(data["delta"]));
    if (!stops) return;
    send_input(found->second);
    blocks_.erase(found);
  }

  void begin(const Fields& message) {
    if (begun_) return set(State::Broken);
    begun_ = true;
    id_ = id_for("chatcmpl-", message["id"].text(), asked_);
    model_ = model_of(message);
    usage_.learn(Fields(message["usage"]));
    Writer writer;
    send_delta(writer.begin_object().member("role", "assistant").member("content", ""));
  }

  void start_block(int64_t index, const Fields& block) {
    if (blocks_.size() >= kMostBlocks || blocks_.contains(index)) return set(State::Broken);
    const Value type = block["type"];
    Block& opened = blocks_[index];
    if (type.says("text") || type.says("thinking")) {
      opened.kind = BlockKind::Said;
      send_text("content", block["text"].text());
      return send_text("reasoning_content", block["thinking"].text());
    }
    if (!type.says("tool_use")) return;
    if (block["name"].text().empty()) return set(State::Broken);
    const Value input = block["input"];
    opened = {.kind = BlockKind::Call,
              .call = calls_++,
              .input = Writer().string(input.is(Kind::Object) ? input.raw() : "{}").take()};
    Writer writer;
    writer.begin_object().key("tool_calls").begin_array().begin_object();
    writer.member("index", opened.call).key("id").raw(quoted(block["id"].text()));
    writer.member("type", "function").key("function").begin_object();
    writer.key("name").raw(quoted(block["name"].text())).member("arguments", "");
    send_delta(writer.end_object().end_object().end_array());
  }

  void take_delta(Block& block, const Fields& delta) {
    if (block.kind == BlockKind::Other) return;
    const Value type = delta["type"];
    if (type.says("text_delta")) return send_text("content", delta["text"].text());
    if (type.says("thinking_delta")) {
      return send_text("reasoning_content", delta["thinking"].text());
    }
    // Signatures and citations have no place in Chat.
    if (!type.says("input_json_delta")) return;
    if (block.kind != BlockKind::Call) return set(State::Broken);
    const Value json = delta["partial_json"];
    if (json.text().empty()) return;
    block.input.clear();
    send_arguments(block, json.raw());
  }

  void take_message_delta(const Fields& data) {
    usage_.learn(Fields(data["usage"]));
    const Value reason = Fields(data["delta"])["stop_reason"];
    if (reason && !finished_) tell_end(reason);
  }

  void tell_end(Value reason) {
    finished_ = true;
    const std::string_view told = finish_reason(reason, calls_ > 0);
    if (told == "tool_calls") {
      for (auto& [index, block] : blocks_) send_input(block);
    }
    Writer writer;
    send_chunk(writer.begin_object().end_object(), told);
  }

  void on_done() override {
    if (!begun_) return set(State::Broken);
    if (!finished_) tell_end({});
    if (tells_usage_) {
      Writer writer = begin_answer("chat.completion.chunk", id_, model_, asked_);
      writer.key("choices").begin_array().end_array();
      usage_.write(writer);
      send_data(writer.end_object().text());
    }
    send_data("[DONE]");
    set(State::Complete);
  }

  void on_end() override {
    if (finished_) on_done();
  }

  void send_text(std::string_view name, std::string_view text) {
    if (text.empty()) return;
    Writer writer;
    send_delta(writer.begin_object().key(name).raw(quoted(text)));
  }

  /// Of a call whose input was whole from the start, or is empty.
  void send_input(Block& block) {
    if (!block.input.empty()) send_arguments(block, block.input);
    block.input.clear();
  }

  /// A string as written.
  void send_arguments(const Block& block, std::string_view arguments) {
    Writer writer;
    writer.begin_object().key("tool_calls").begin_array().begin_object();
    writer.member("index", block.call).key("function").begin_object();
    writer.key("arguments").raw(arguments).end_object();
    send_delta(writer.end_object().end_array());
  }

  /// `delta`: still open.
  void send_delta(Writer& delta) { send_chunk(delta.end_object(), {}); }

  void send_chunk(const Writer& delta, std::string_view reason) {
    Writer writer = begin_answer("chat.completion.chunk", id_, model_, asked_);
    writer.key("choices").begin_array().begin_object().member("index", int64_t{0});
    writer.key("delta").raw(delta.text()).key("finish_reason");
    if (reason.empty()) {
      writer.null();
    } else {
      writer.string(reason);
    }
    send_data(writer.end_object().end_array().end_object().text());
  }

  void send_data(std::string_view data) {
    send("data: ");
    send(data);
    send("\n\n");
  }

  const Asked asked_;
  const bool tells_usage_;
  std::map<int64_t, Block> blocks_;  // that are open
  std::string id_;
  std::string model_;
  MessagesUsage usage_;
  int64_t calls_ = 0;
  bool begun_ = false;
  bool finished_ = false;  // the client knows why it ended
};

}  // namespace

base::Result<std::string> chat_answer_of_messages(std::string_view body, const Asked& asked) {
  const json::ScanOutcome scan = json::scan_object(body, {.lone_surrogates = true});
  if (!scan.ok()) return base::make_error(base::Code::Invalid, "not JSON");
  const Fields message(body);
  if (!message["content"].is(Kind::Array)) {
    return base::make_error(base::Code::Invalid, "no content");
  }
  std::string text;
  std::string thinking;
  Writer calls;
  bool called = false;
  calls.begin_array();
  for (const Value element : message["content"].elements()) {
    const Fields block(element);
    const Value type = block["type"];
    if (type.says("text")) text += block["text"].text();
    if (type.says("thinking")) thinking += block["thinking"].text();
    if (!type.says("tool_use")) continue;
    if (!block["input"].is(Kind::Object)) {
      return base::make_error(base::Code::Invalid, "the input of a call is not an object");
    }
    called = true;
    write_call(calls, {.id = block["id"].text(),
                       .name = block["name"].text(),
                       .arguments = block["input"].raw()});
  }
  const std::string id = id_for("chatcmpl-", message["id"].text(), asked);
  Writer writer = begin_answer("chat.completion", id, model_of(message), asked);
  writer.key("choices").begin_array().begin_object().member("index", int64_t{0}).key("message");
  writer.begin_object().member("role", "assistant").key("content");
  writer.raw(text.empty() && called ? "null" : quoted(text)).key("refusal").null();
  if (!thinking.empty()) writer.key("reasoning_content").raw(quoted(thinking));
  if (called) writer.key("tool_calls").raw(calls.end_array().text());
  writer.end_object().key("logprobs").null();
  writer.member("finish_reason", finish_reason(message["stop_reason"], called));
  writer.end_object().end_array();
  MessagesUsage usage;
  usage.learn(Fields(message["usage"]));
  usage.write(writer);
  return writer.end_object().take();
}

std::unique_ptr<StreamTranslator> chat_stream_of_messages(const Asked& asked) {
  return std::make_unique<ChatOfMessages>(asked);
}

}  // namespace srasta::dialects
