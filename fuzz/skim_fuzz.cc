// Question: where simdjson accepts an object, does the skimmer find the same last member, as
// written?
#include "input.h"
#include "json/skim.h"

#include <algorithm>
#include <optional>
#include <string>

#include <simdjson.h>

namespace {

using srasta::fuzz::require;
namespace json = srasta::json;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

std::optional<std::string> last_member(const simdjson::padded_string& text, std::string_view key) {
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document = parser.iterate(text);
  std::optional<std::string> last;
  for (auto field : document.get_object()) {
    const bool is_key = field.key().value_unsafe().unsafe_is_equal(key);
    std::string_view raw;
    require(simdjson::to_json_string(field.value()).get(raw) == simdjson::SUCCESS);
    if (is_key) last = trimmed(raw);
  }
  return last;
}

void check_count(std::string_view text, std::string_view key,
                 const std::optional<std::string>& raw) {
  const auto count = json::skim_count(text, key);
  if (count) require(*count >= 0 && raw && (std::to_string(*count) == *raw || *raw == "-0"));
  const bool plain =
      raw && raw->size() <= 18 && raw->find_first_not_of("0123456789") == std::string::npos;
  require(!plain || count.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = srasta::fuzz::text_of(data, size);
  const simdjson::padded_string padded(text);
  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  // On demand, simdjson does not look at what it skips: the whole text is judged first.
  const bool accepted = parser.parse(padded).get(root) == simdjson::SUCCESS && root.is_object();
  for (const std::string_view key : {"a", "usage", ""}) {
    const auto found = json::skim_member(text, key);
    require(!found || (found->data() >= text.data() &&
                       found->data() + found->size() <= text.data() + text.size()));
    if (!accepted) continue;
    const auto expected = last_member(padded, key);
    require(found.has_value() == expected.has_value() && (!found || *found == *expected));
    check_count(text, key, expected);
  }
  return 0;
}
