// Question: is what a translator makes of any bytes well-formed, and the same however a stream is
// cut?
#include "dialects/translation.h"
#include "input.h"
#include "json/scanner.h"

#include <algorithm>
#include <string>

namespace {

using namespace srasta::dialects;
using srasta::fuzz::require;

constexpr Asked kAsked{.request_id = "01REQUEST", .body = "{}", .now = 1};

bool is_object(std::string_view text) {
  return srasta::json::scan_object(text, {.lone_surrogates = true}).ok();
}

std::string translated(Protocol client, std::string_view stream, size_t piece) {
  const auto translator = stream_translator(client, Protocol::Chat, kAsked);
  std::string out;
  while (!stream.empty() && translator->state() == StreamTranslator::State::Running) {
    out += translator->feed(stream.substr(0, piece));
    stream.remove_prefix(std::min(piece, stream.size()));
  }
  if (translator->state() == StreamTranslator::State::Running) out += translator->finish();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input = srasta::fuzz::text_of(data, size);
  if (input.empty()) return 0;
  const Protocol client = (input.front() & 1) != 0 ? Protocol::Messages : Protocol::Responses;
  const char what = static_cast<char>('0' + ((input.front() >> 1) & 3));
  input.remove_prefix(1);
  if (what == '0') {
    if (!is_object(input)) return 0;
    const auto body = translate_request(client, Protocol::Chat, input);
    require(body.ok() ? is_object(*body) : !body.error().message.empty());
  } else if (what == '1') {
    if (!is_object(input)) return 0;
    const auto answer = translate_answer(client, Protocol::Chat, input, kAsked);
    if (answer.ok()) require(is_object(*answer));
  } else if (what == '2') {
    require(is_object(translate_error(client, input, 400, kAsked)));
  } else {
    const std::string whole = translated(client, input, input.size());
    require(translated(client, input, 1) == whole);
    require(translated(client, input, 7) == whole);
  }
  return 0;
}
