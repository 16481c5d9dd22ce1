// Question: is what a translator makes of any bytes well-formed, and the same however a stream is
// cut?
#include "dialects/translation.h"
#include "input.h"
#include "json/scanner.h"

#include <algorithm>
#include <array>
#include <string>

namespace {

using namespace srasta::dialects;
using srasta::fuzz::require;

constexpr auto kWays = std::to_array<Way>({
    {Protocol::Messages, Protocol::Chat, Operation::Chat},
    {Protocol::Responses, Protocol::Chat, Operation::Chat},
    {Protocol::Ollama, Protocol::Chat, Operation::Chat},
    {Protocol::Ollama, Protocol::Chat, Operation::Generate},
    {Protocol::Ollama, Protocol::Chat, Operation::Embed},
    {Protocol::Chat, Protocol::Messages, Operation::Chat},
    {Protocol::Responses, Protocol::Messages, Operation::Chat},
    {Protocol::Ollama, Protocol::Messages, Operation::Chat},
    {Protocol::Ollama, Protocol::Messages, Operation::Generate},
});

constexpr Asked kAsked{.request_id = "01REQUEST", .body = "{}", .now = 1};

bool is_object(std::string_view text) {
  return srasta::json::scan_object(text, {.lone_surrogates = true}).ok();
}

std::string translated(const Way& way, std::string_view stream, size_t piece) {
  const auto translator = stream_translator(way, kAsked);
  if (!translator) return {};
  std::string out;
  while (!stream.empty() && translator->state() == StreamTranslator::State::Running) {
    out += translator->feed(stream.substr(0, piece));
    stream.remove_prefix(std::min(piece, stream.size()));
  }
  if (translator->state() == StreamTranslator::State::Running) out += translator->finish();
  return out;
}

}  // namespace

/// The first byte says what is translated between whom.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input = srasta::fuzz::text_of(data, size);
  if (input.empty()) return 0;
  const auto first = static_cast<unsigned char>(input.front());
  const Way& way = kWays[(first / 4) % kWays.size()];
  input.remove_prefix(1);
  switch (first % 4) {
    case 0: {
      if (!is_object(input)) return 0;
      const auto body = translate_request(way, input);
      require(body.ok() ? is_object(*body) : !body.error().message.empty());
      return 0;
    }
    case 1: {
      if (!is_object(input)) return 0;
      const auto answer = translate_answer(way, input, kAsked);
      if (answer.ok()) require(is_object(*answer));
      return 0;
    }
    case 2:
      require(is_object(translate_error(way.client, input, 400, kAsked)));
      return 0;
    default: {
      const std::string whole = translated(way, input, input.size());
      require(translated(way, input, 1) == whole);
      require(translated(way, input, 7) == whole);
      return 0;
    }
  }
}
