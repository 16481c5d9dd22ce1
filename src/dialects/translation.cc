#include "dialects/translation.h"

#include "dialects/chat_answer.h"
#include "dialects/messages_answer.h"
#include "dialects/messages_request.h"
#include "dialects/responses_answer.h"
#include "dialects/responses_request.h"
#include "dialects/value.h"
#include "json/scanner.h"

namespace srasta::dialects {
namespace {

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

}  // namespace

bool translates(Protocol client, Protocol engine) {
  return engine == Protocol::Chat &&
         (client == Protocol::Messages || client == Protocol::Responses);
}

base::Result<std::string> translate_request(Protocol client, Protocol engine,
                                            std::string_view body) {
  if (!translates(client, engine)) return no_way();
  const json::ScanOutcome scan =
      json::scan_object(body, {.unique_everywhere = true, .lone_surrogates = true});
  if (!scan.ok()) return base::make_error(base::Code::Invalid, std::string(to_string(scan.fault)));
  return client == Protocol::Messages ? chat_request_of_messages(body)
                                      : chat_request_of_responses(body);
}

base::Result<std::string> translate_answer(Protocol client, Protocol engine, std::string_view body,
                                           const Asked& asked) {
  if (!translates(client, engine)) return no_way();
  return client == Protocol::Messages ? messages_answer(body, asked)
                                      : responses_answer(body, asked);
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

std::unique_ptr<StreamTranslator> stream_translator(Protocol client, Protocol engine,
                                                    const Asked& asked) {
  if (!translates(client, engine)) return nullptr;
  return client == Protocol::Messages ? messages_stream(asked) : responses_stream(asked);
}

std::string_view stream_content_type(Protocol protocol) {
  return protocol == Protocol::Ollama ? "application/x-ndjson" : "text/event-stream";
}

}  // namespace srasta::dialects
