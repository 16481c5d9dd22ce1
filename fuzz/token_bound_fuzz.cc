// Question: does a body have a bound exactly when its counts are whole numbers that simdjson reads
// the same, is all text of its messages in the bound, and does a limit that must be added close the
// body?
#include "inference/request_edit.h"
#include "inference/token_bound.h"
#include "input.h"

#include <algorithm>
#include <string>

#include <simdjson.h>

namespace {

using simdjson::dom::element;
using srasta::fuzz::require;
using srasta::inference::BodyFault;
using srasta::inference::BodyKind;
using srasta::inference::bound_of;
using srasta::inference::BoundRules;
using srasta::inference::EditedBody;
using srasta::inference::read_request;
using srasta::inference::RequestView;

constexpr BoundRules kRules{.default_output = 77, .per_media = 1'000};
constexpr std::string_view kCounts[] = {
    "max_tokens", "max_completion_tokens", "n_predict", "n", "best_of", "n_cmpl"};

/// Bytes of text that a template certainly shows: plain contents, and text parts.
uint64_t plain_text(element root) {
  uint64_t bytes = 0;
  simdjson::dom::array messages;
  if (root["messages"].get(messages) != simdjson::SUCCESS) return 0;
  for (const element message : messages) {
    std::string_view text;
    if (message["content"].get(text) == simdjson::SUCCESS) bytes += text.size();
    simdjson::dom::array parts;
    if (message["content"].get(parts) != simdjson::SUCCESS) continue;
    for (const element part : parts) {
      if (part["text"].get(text) == simdjson::SUCCESS) bytes += text.size();
    }
  }
  return bytes;
}

bool counts_are_whole(element root) {
  return std::ranges::all_of(kCounts, [&root](std::string_view name) {
    element value;
    if (root[name].get(value) != simdjson::SUCCESS || value.is_null()) return true;
    int64_t count = 0;
    return value.get(count) == simdjson::SUCCESS && count >= 1 && count <= 2147483647;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body = srasta::fuzz::text_of(data, size);
  const RequestView view = read_request(body);
  if (view.fault != BodyFault::None) return 0;
  const auto bound = bound_of(view.object, BodyKind::Chat, kRules);
  const auto embeddings = bound_of(view.object, BodyKind::InputOnly, kRules);
  require(embeddings.ok() && embeddings->output == 0);
  if (bound.ok()) {
    require(bound->input == embeddings->input && bound->output >= 1);
    const std::string sent =
        EditedBody(body, view, view.model, false, bound->add_max_tokens).joined();
    const auto again = bound_of(read_request(sent).object, BodyKind::Chat, kRules);
    require(again.ok() && !again->add_max_tokens && again->output == bound->output &&
            again->input == bound->input);
  }
  static simdjson::dom::parser parser;
  element root;
  // It refuses lone surrogates and numbers that no type of its can hold.
  if (parser.parse(simdjson::padded_string(body)).get(root) != simdjson::SUCCESS) return 0;
  require(bound.ok() == counts_are_whole(root));
  if (bound.ok()) require(bound->input >= plain_text(root));
  return 0;
}
