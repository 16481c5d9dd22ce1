// Question: does a document hold the values that simdjson reads, and is it refused exactly when the
// strict scanner refuses it?
#include "input.h"
#include "json/document.h"
#include "json/scanner.h"

#include <string>

#include <simdjson.h>

namespace {

using simdjson::dom::element_type;
using srasta::fuzz::require;
using srasta::json::Value;

void compare(Value ours, simdjson::dom::element theirs) {
  const element_type type = theirs.type();
  require(ours.is_object() == (type == element_type::OBJECT));
  require(ours.is_array() == (type == element_type::ARRAY));
  require(ours.is_null() == (type == element_type::NULL_VALUE));
  require(ours.string().has_value() == (type == element_type::STRING));
  require(ours.boolean().has_value() == (type == element_type::BOOL));
  if (const auto text = ours.string()) require(*text == theirs.get_string().value());
  if (const auto flag = ours.boolean()) require(*flag == theirs.get_bool().value());
  if (const auto number = ours.integer()) require(*number == theirs.get_int64().value());
  if (ours.is_array()) {
    require(ours.size() == theirs.get_array().size());
    size_t index = 0;
    for (const auto item : theirs.get_array()) compare(ours.at(index++), item);
  }
  if (ours.is_object()) {
    require(ours.size() == theirs.get_object().size());
    for (const auto field : theirs.get_object()) {
      const auto member = ours.find(field.key);
      require(member.has_value());
      compare(*member, field.value);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = srasta::fuzz::text_of(data, size);
  const auto scan = srasta::json::scan_object(text, {.unique_everywhere = true});
  const auto document = srasta::json::Document::parse(text);
  require(scan.ok() || !document.ok());
  if (!document.ok()) {
    // Numbers have no bounds for the scanner. Boost.JSON has one for exponents.
    require(!scan.ok() || document.error().detail.starts_with("exponent overflow"));
    return 0;
  }
  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  const auto error = parser.parse(simdjson::padded_string(text)).get(root);
  if (error == simdjson::NUMBER_ERROR) return 0;
  require(error == simdjson::SUCCESS);
  compare(document->root(), root);
  return 0;
}
