#include "dialects/translation.h"

#include "dialects/chat_answer.h"
#include "dialects/chat_from_messages.h"
#include "dialects/messages_answer.h"
#include "dialects/messages_from_chat.h"
#include "dialects/messages_request.h"
#include "dialects/ollama_answer.h"
#include "dialects/ollama_request.h"
#include "dialects/responses_answer.h"
#include "dialects/responses_request.h"
#include "dialects/two_steps.h"
#include "dialects/value.h"
#include "json/scanner.h"

#include <algorithm>
#include <array>
#include <optional>

namespace srasta::dialects {
namespace {

/// Below what bodies may have: values move some levels down when they are translated.
constexpr unsigned kDeepest = 56;

/// A translation from one protocol to another, and what the engine is asked for by it.
struct Step {
  Way way;
  Operation asked = Operation::Chat;
  base::Result<std::string> (*request)(std::string_view body);
  base::Result<std::string> (*answer)(std::string_view body, const Asked& asked);
  std::unique_ptr<StreamTranslator> (*stream)(const Asked& asked);  ///< null: it has none
};

constexpr auto kSteps = std::to_array<Step>({
    {.way = {Protocol::Messages, Protocol::Chat, Operation::Chat},
     .request = chat_request_of_messages,
     .answer = messages_answer,
     .stream = messages_stream},
    {.way = {Protocol::Responses, Protocol::Chat, Operation::Chat},
     .request = chat_request_of_responses,
     .answer = responses_answer,
     .stream = responses_stream},
    {.way = {Protocol::Ollama, Protocol::Chat, Operation::Chat},
     .request = chat_request_of_ollama,
     .answer = ollama_answer,
     .stream = ollama_stream},
    {.way = {Protocol::Ollama, Protocol::Chat, Operation::Generate},
     .request = chat_request_of_ollama_prompt,
     .answer = ollama_prompt_answer,
     .stream = ollama_prompt_stream},
    {.way = {Protocol::Ollama, Protocol::Chat, Operation::Embed},
     .asked = Operation::Embed,
     .request = embed_request_of_ollama,
     .answer = ollama_embed_answer,
     .stream = nullptr},
    {.way = {Protocol::Chat, Protocol::Messages, Operation::Chat},
     .request = messages_request_of_chat,
     .answer = chat_answer_of_messages,
     .stream = chat_stream_of_messages},
});

const Step* find_step(const Way& way) {
  const auto* const found = std::ranges::find(kSteps, way, &Step::way);
  return found == kSteps.end() ? nullptr : &*found;
}

/// From the client's protocol; the second from Chat, if the first does not lead to the engine's.
struct Steps {
  const Step* first = nullptr;
  const Step* second = nullptr;
};

std::optional<Steps> find_steps(const Way& way) {
  if (way.client == way.engine) return std::nullopt;  // not to Chat and back
  if (const Step* const step = find_step(way)) return Steps{.first = step};
  const Step* const first = find_step({way.client, Protocol::Chat, way.operation});
  if (first == nullptr) return std::nullopt;
  const Step* const second = find_step({Protocol::Chat, way.engine, first->asked});
  if (second == nullptr) return std::nullopt;
  return Steps{.first = first, .second = second};
}

Dialect dialect_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::Messages:
      return Dialect::Anthropic;
    case Protocol::Ollama:
      return Dialect::Ollama;
    case Protocol::Chat:
    case Protocol::Responses:
      break;
  }
  return Dialect::OpenAi;
}

base::Error no_way() {
  return base::make_error(base::Code::Invalid, "no translation between these protocols");
}

/// For the engine's side of two steps: the other one wants to be told the usage.
Asked asked_in_between(const Asked& asked) {
  Asked between = asked;
  between.body = R"({"stream_options":{"include_usage":true}})";
  return between;
}

}  // namespace

bool translates(const Way& way) {
  return find_steps(way).has_value();
}

Operation asked_of_engine(const Way& way) {
  const auto steps = find_steps(way);
  if (!steps) return way.operation;
  return steps->second == nullptr ? steps->first->asked : steps->second->asked;
}

base::Result<std::string> translate_request(const Way& way, std::string_view body) {
  const auto steps = find_steps(way);
  if (!steps) return no_way();
  const json::ScanOutcome scan = json::scan_object(
      body, {.depth = kDeepest, .unique_everywhere = true, .lone_surrogates = true});
  if (!scan.ok()) return base::make_error(base::Code::Invalid, std::string(to_string(scan.fault)));
  SRASTA_TRY_ASSIGN(std::string asked, steps->first->request(body));
  if (steps->second == nullptr) return asked;
  return steps->second->request(asked);
}

base::Result<std::string> translate_answer(const Way& way, std::string_view body,
                                           const Asked& asked) {
  const auto steps = find_steps(way);
  if (!steps) return no_way();
  if (steps->second == nullptr) return steps->first->answer(body, asked);
  SRASTA_TRY_ASSIGN(const std::string answer, steps->second->answer(body, asked_in_between(asked)));
  return steps->first->answer(answer, asked);
}

std::string translate_error(Protocol client, std::string_view body, int status,
                            const Asked& asked) {
  const bool is_json = json::scan_object(body, {.lone_surrogates = true}).ok();
  const std::string message = error_message(Fields(is_json ? body : std::string_view()));
  return error_body(dialect_of(client), {.status = status,
                                         .code = {},  // it is the engine's error, not one of ours
                                         .message = message,
                                         .hint = {},
                                         .request_id = asked.request_id,
                                         .param = {}});
}

std::unique_ptr<StreamTranslator> stream_translator(const Way& way, const Asked& asked) {
  const auto steps = find_steps(way);
  if (!steps || steps->first->stream == nullptr) return nullptr;
  if (steps->second == nullptr) return steps->first->stream(asked);
  if (steps->second->stream == nullptr) return nullptr;
  return std::make_unique<TwoSteps>(steps->second->stream(asked_in_between(asked)),
                                    steps->first->stream(asked));
}

std::string_view stream_content_type(Protocol protocol) {
  return protocol == Protocol::Ollama ? "application/x-ndjson" : "text/event-stream";
}

}  // namespace srasta::dialects
