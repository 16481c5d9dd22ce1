#include "dialects/ollama_answer.h"

#include "base/clock.h"
#include "dialects/chat_answer.h"
#include "dialects/chat_stream.h"
#include "json/writer.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace srasta::dialects {
namespace {

using json::Kind;
using json::Writer;

/// Of the arguments of one call, which leave in one piece.
constexpr size_t kMostArguments = size_t{4} << 20;

std::string_view done_reason(const Finish& finish) {
  if (finish.reason == Finish::Reason::Length) return "length";
  return finish.reason == Finish::Reason::Filter ? "content_filter" : "stop";
}

std::string created_at(const Asked& asked) {
  return base::format_utc(base::WallTime(base::Seconds(asked.now)));
}

/// A call as Ollama has it; nothing if its arguments are no object.
std::optional<std::string> call_of(const ChatCall& call, size_t index) {
  const auto arguments = object_of_arguments(call.arguments);
  if (!arguments) return std::nullopt;
  Writer writer;
  writer.begin_object().key("id").raw(quoted(call.id)).key("function").begin_object();
  writer.member("index", static_cast<int64_t>(index)).key("name").raw(quoted(call.name));
  return writer.key("arguments").raw(*arguments).end_object().end_object().take();
}

/// Of `/api/chat`, or of `/api/generate`.
enum class Place : uint8_t { Message, Response };

/// One line of an answer, or the whole of it. Texts are insides of strings as written.
struct Said {
  std::string_view text = {};
  std::string_view thinking = {};
  std::span<const std::string> calls = {};
};

/// `place`: where the route has what the model says.
Writer begin_line(Place place, std::string_view model, const Said& said, const Asked& asked) {
  Writer writer;
  writer.begin_object().key("model").raw(model).member("created_at", created_at(asked));
  const bool is_chat = place == Place::Message;
  if (is_chat) writer.key("message").begin_object().member("role", "assistant");
  writer.key(is_chat ? "content" : "response").raw(quoted(said.text));
  if (!said.thinking.empty()) writer.key("thinking").raw(quoted(said.thinking));
  if (is_chat && !said.calls.empty()) {
    writer.key("tool_calls").begin_array();
    for (const std::string& call : said.calls) writer.raw(call);
    writer.end_array();
  }
  if (is_chat) writer.end_object();
  return writer;
}

/// Of durations nobody tells; Ollama's clients expect numbers.
void write_end(Writer& writer, const Finish& finish, const ChatUsage& usage) {
  writer.member("done", true).member("done_reason", done_reason(finish));
  writer.member("total_duration", int64_t{0}).member("load_duration", int64_t{0});
  writer.member("prompt_eval_count", usage.input).member("prompt_eval_duration", int64_t{0});
  writer.member("eval_count", usage.output).member("eval_duration", int64_t{0});
}

class OllamaStream final : public ChatStream {
 public:
  OllamaStream(Place place, const Asked& asked) : ChatStream(asked), place_(place) {}

  std::string failure(const Failure& failure) override {
    return error_event(Protocol::Ollama, failure, false);
  }

 private:
  void emit(Writer& writer) {
    send(writer.end_object().text());
    send("\n");
  }

  void emit_said(const Said& said) {
    Writer writer = begin_line(place_, model_, said, asked());
    writer.member("done", false);
    emit(writer);
  }

  void begin(std::string_view /*id*/, std::string_view model, const ChatUsage& /*usage*/) override {
    model_ = model;
  }

  void open(const Block& block) override {
    if (block.kind == BlockKind::Call) arguments_.clear();
  }

  void append(const Block& block, std::string_view text) override {
    if (block.kind == BlockKind::Thinking) return emit_said({.thinking = text});
    if (block.kind != BlockKind::Call) return emit_said({.text = text});
    arguments_ += text;
    if (arguments_.size() > kMostArguments) set(State::Broken);
  }

  void close(const Block& block) override {
    if (block.kind != BlockKind::Call || !running()) return;
    const auto call = call_of(
        {.id = block.id, .name = block.name, .arguments = std::exchange(arguments_, {})}, calls_);
    if (call) {
      ++calls_;
      return emit_said({.calls = std::span(&*call, 1)});
    }
    // A call that the limit cut is no call: the reason at the end says it.
    if (!is_cut()) set(State::Broken);
  }

  void end(const Finish& finish, const ChatUsage& usage) override {
    Writer writer = begin_line(place_, model_, {}, asked());
    write_end(writer, finish, usage);
    emit(writer);
  }

  const Place place_;
  std::string model_;
  std::string arguments_;  // of the open call
  size_t calls_ = 0;
};

base::Result<std::string> whole_answer(Place place, std::string_view body, const Asked& asked) {
  SRASTA_TRY_ASSIGN(const ChatAnswer answer, read_chat_answer(body, asked));
  std::vector<std::string> calls;
  for (const ChatCall& call : answer.calls) {
    if (auto written = call_of(call, calls.size())) {
      calls.push_back(*std::move(written));
    } else if (answer.finish.reason != Finish::Reason::Length) {
      return base::make_error(base::Code::Invalid, "the arguments of a call are not an object");
    }
  }
  const std::string text = answer.text + answer.refusal;
  Writer writer = begin_line(place, answer.model,
                             {.text = text, .thinking = answer.thinking, .calls = calls}, asked);
  write_end(writer, answer.finish, answer.usage);
  return writer.end_object().take();
}

}  // namespace

base::Result<std::string> ollama_answer(std::string_view body, const Asked& asked) {
  return whole_answer(Place::Message, body, asked);
}

std::unique_ptr<StreamTranslator> ollama_stream(const Asked& asked) {
  return std::make_unique<OllamaStream>(Place::Message, asked);
}

base::Result<std::string> ollama_prompt_answer(std::string_view body, const Asked& asked) {
  return whole_answer(Place::Response, body, asked);
}

std::unique_ptr<StreamTranslator> ollama_prompt_stream(const Asked& asked) {
  return std::make_unique<OllamaStream>(Place::Response, asked);
}

base::Result<std::string> ollama_embed_answer(std::string_view body, const Asked& /*asked*/) {
  const json::ScanOutcome scan = json::scan_object(body, {.lone_surrogates = true});
  if (!scan.ok()) return base::make_error(base::Code::Invalid, "not JSON");
  const Fields answer(body);
  if (!answer["data"].is(Kind::Array)) return base::make_error(base::Code::Invalid, "no data");
  std::vector<std::pair<int64_t, std::string_view>> vectors;
  for (const Value element : answer["data"].elements()) {
    const Fields one(element);
    if (!one["embedding"].is(Kind::Array)) {
      return base::make_error(base::Code::Invalid, "an embedding is no array");
    }
    const auto next = static_cast<int64_t>(vectors.size());
    vectors.emplace_back(one["index"].integer().value_or(next), one["embedding"].raw());
  }
  std::ranges::sort(vectors, {}, [](const auto& vector) { return vector.first; });
  Writer writer;
  const Value model = answer["model"];
  writer.begin_object().key("model").raw(model.is(Kind::String) ? model.raw() : "\"\"");
  writer.key("embeddings").begin_array();
  for (const auto& [index, vector] : vectors) writer.raw(vector);
  writer.end_array().member("total_duration", int64_t{0}).member("load_duration", int64_t{0});
  const Fields usage(answer["usage"]);
  return writer.member("prompt_eval_count", token_count(usage["prompt_tokens"]))
      .end_object()
      .take();
}

}  // namespace srasta::dialects
