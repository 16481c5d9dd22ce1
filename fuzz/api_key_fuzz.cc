// Question: does a text pass as an API key, or as a trace, only in its one form?
#include "http/trace_context.h"
#include "identity/api_key.h"
#include "input.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace identity = srasta::identity;
  using srasta::fuzz::require;
  const std::string_view text = srasta::fuzz::text_of(data, size);
  if (const auto key = identity::parse_api_key(text)) {
    std::string again(identity::kApiKeyPrefix);
    again.append(key->id).append("-").append(key->secret);
    require(again == text && key->id.size() == identity::kApiKeyIdCharacters);
  }
  if (srasta::http::is_trace_parent(text)) {
    std::string again("00-");
    again.append(srasta::http::trace_id_of(text)).append("-");
    again.append(srasta::http::parent_id_of(text)).append("-").append(text.substr(53));
    require(again == text);
  }
  return 0;
}
