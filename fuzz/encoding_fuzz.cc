// Question: has every byte string exactly one accepted spelling, and does text that we write as
// JSON read back the same?
#include "base/encoding.h"
#include "input.h"
#include "json/writer.h"

#include <string>

#include <simdjson.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using srasta::fuzz::require;
  namespace base = srasta::base;
  const std::string_view text = srasta::fuzz::text_of(data, size);
  require(base::from_base64url(base::to_base64url(text)) == text);
  require(base::from_hex(base::to_hex(text)) == text);
  if (const auto bytes = base::from_base64url(text)) require(base::to_base64url(*bytes) == text);
  if (const auto bytes = base::from_hex(text)) require(base::to_hex(*bytes) == text);
  if (const auto number = base::parse_u64(text)) require(std::to_string(*number) == text);
  const bool utf8 = base::is_utf8(text);
  require(utf8 == simdjson::validate_utf8(text.data(), text.size()));
  const std::string_view half = text.substr(0, size / 2);
  const std::string_view other = text.substr(half.size(), half.size());
  require(base::equal_ignoring_case(half, other) ==
          (base::to_lower(half) == base::to_lower(other)));
  require(base::equal_constant_time(half, other) == (half == other));

  srasta::json::Writer writer;
  writer.begin_object().member("a", text).end_object();
  static simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view read;
  require(parser.parse(simdjson::padded_string(writer.text())).get(root) == simdjson::SUCCESS);
  require(root["a"].get(read) == simdjson::SUCCESS && (!utf8 || read == text));
  return 0;
}
