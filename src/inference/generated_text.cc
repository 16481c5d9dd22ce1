#include "inference/generated_text.h"

#include "json/scanner.h"
#include "json/walk.h"

#include <algorithm>
#include <array>
#include <span>

namespace srasta::inference {
namespace {

using dialects::Protocol;

constexpr auto kLabels = std::to_array<std::string_view>(
    {"role", "finish_reason", "id", "type", "object", "signature", "stop_reason", "stop_sequence"});

std::span<const std::string_view> places_of(Protocol protocol) {
  static constexpr std::array<std::string_view, 1> kChat = {"choices"};
  static constexpr std::array<std::string_view, 2> kMessages = {"delta", "content_block"};
  static constexpr std::array<std::string_view, 1> kResponses = {"delta"};
  static constexpr std::array<std::string_view, 3> kOllama = {"message", "response", "thinking"};
  switch (protocol) {
    case Protocol::Messages:
      return kMessages;
    case Protocol::Responses:
      return kResponses;
    case Protocol::Ollama:
      return kOllama;
    case Protocol::Chat:
      break;
  }
  return kChat;
}

struct Texts {
  uint64_t bytes = 0;
  unsigned count = 0;
  std::string_view last;     ///< as written, without its quotes
  bool whole_calls = false;  ///< calls of tools hold no texts but objects
};

/// The scanner bounded the depth.
void find_texts(json::Walk& walk, Texts& texts) {
  switch (walk.kind()) {
    case json::Kind::String:
      texts.last = walk.string();
      texts.bytes += json::unescaped_size(texts.last);
      ++texts.count;
      return;
    case json::Kind::Array:
      walk.elements([&] { find_texts(walk, texts); });
      return;
    case json::Kind::Object:
      walk.members([&](std::string_view key) {
        if (key == "tool_calls" && walk.kind() == json::Kind::Array && texts.whole_calls) {
          texts.bytes += walk.skip().size();
          texts.count += 2;
        } else if (std::ranges::find(kLabels, key) != kLabels.end()) {
          (void)walk.skip();
        } else {
          find_texts(walk, texts);
        }
      });
      return;
    default:
      (void)walk.skip();
  }
}

Texts texts_of(std::string_view chunk, Protocol protocol) {
  const json::ScanOutcome scan = json::scan_object(chunk, {.lone_surrogates = true});
  if (!scan.ok()) return {.bytes = chunk.size()};
  Texts texts{.whole_calls = protocol == Protocol::Ollama};
  for (const std::string_view place : places_of(protocol)) {
    const json::Member* const member = scan.object.find(place);
    if (member == nullptr) continue;
    json::Walk walk(member->value);
    find_texts(walk, texts);
  }
  return texts;
}

/// Whether a string that is written so is the text itself: printable ASCII without escapes.
bool is_plain(std::string_view written) {
  bool plain = true;
  for (const char c : written) plain = plain && c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
  return plain;
}

}  // namespace

uint64_t generated_text(std::string_view chunk, Protocol protocol) {
  return texts_of(chunk, protocol).bytes;
}

bool TextMeter::has_known_shape(std::string_view chunk) const {
  return !before_.empty() && chunk.size() >= before_.size() + after_.size() &&
         chunk.starts_with(before_) && chunk.ends_with(after_);
}

uint64_t TextMeter::count(std::string_view chunk) {
  if (has_known_shape(chunk)) {
    const size_t size = chunk.size() - before_.size() - after_.size();
    if (is_plain(chunk.substr(before_.size(), size))) return size;
  }
  const Texts texts = texts_of(chunk, protocol_);
  if (texts.count == 1) {
    before_ = chunk.substr(0, static_cast<size_t>(texts.last.data() - chunk.data()));
    after_ = chunk.substr(before_.size() + texts.last.size());
  }
  return texts.bytes;
}

}  // namespace srasta::inference
