// Question: does the meter see in a stream's chunk what simdjson sees, and the same in a whole
// answer?
#include "inference/usage.h"
#include "input.h"
#include "json/scanner.h"

#include <string>

#include <simdjson.h>

namespace {

using srasta::fuzz::require;

void compare_with_simdjson(std::string_view text, const srasta::inference::ChunkFacts& facts) {
  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto error = parser.parse(simdjson::padded_string(text)).get(root);
  if (error != simdjson::SUCCESS) return;
  simdjson::dom::element member;
  const bool is_error = root["error"].get(member) == simdjson::SUCCESS && !member.is_null();
  require(facts.is_error == is_error);
  simdjson::dom::array choices;
  const bool list = root["choices"].get(choices) == simdjson::SUCCESS;
  const bool no_choices = list && choices.size() == 0;
  require(facts.usage_only == (facts.usage.has_value() && no_choices));
  simdjson::dom::object usage;
  if (facts.usage) require(root["usage"].get(usage) == simdjson::SUCCESS);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = srasta::fuzz::text_of(data, size);
  const auto facts = srasta::inference::read_chunk(text);
  const auto whole = srasta::inference::find_usage(text);
  require(!whole || (whole->input >= 0 && whole->output >= 0));
  const auto scan = srasta::json::scan_object(text, {.lone_surrogates = true});
  if (!scan.ok()) {
    require(!facts.usage && !facts.usage_only && !facts.is_error);
    return 0;
  }
  // Only plainly written names are looked for before a chunk is parsed.
  if (text.find('\\') != std::string_view::npos) return 0;
  require(facts.usage.has_value() == whole.has_value());
  if (whole) require(whole->input == facts.usage->input && whole->output == facts.usage->output);
  compare_with_simdjson(text, facts);
  return 0;
}
