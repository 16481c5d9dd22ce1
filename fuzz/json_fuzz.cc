// Question: does the strict scanner ever accept a text that simdjson refuses, or find other
// members?
#include "json/scanner.h"

#include <cstdlib>
#include <string>

#include <simdjson.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const srasta::json::ScanOutcome scan = srasta::json::scan_object(text);
  if (!scan.ok()) return 0;
  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  // A number that only our scanner accepts is one that is out of simdjson's range: 1e400 is JSON.
  const auto error = parser.parse(simdjson::padded_string(text)).get(root);
  if (error == simdjson::NUMBER_ERROR) return 0;
  if (error != simdjson::SUCCESS || !root.is_object()) std::abort();
  if (root.get_object().size() != scan.object.members().size()) std::abort();
  for (const srasta::json::Member& member : scan.object.members()) {
    const auto value = srasta::json::string_value(member);
    if (!value) continue;
    std::string_view theirs;
    if (root[srasta::json::unescape(member.key)].get(theirs) != simdjson::SUCCESS) std::abort();
    if (theirs != *value) std::abort();
  }
  return 0;
}
