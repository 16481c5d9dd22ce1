// Question: does an edited body always read back with the new model, the usage option and a limit,
// and does a body without edits stay as it is?
#include "inference/request_edit.h"

#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto view = srasta::inference::read_request(body);
  if (view.fault != srasta::inference::BodyFault::None) return 0;
  if (srasta::inference::EditedBody(body, view, view.model, false).joined() != body) std::abort();
  const std::string edited = srasta::inference::EditedBody(body, view, "m\"\\x", true).joined();
  const auto again = srasta::inference::read_request(edited);
  if (again.fault != srasta::inference::BodyFault::None || again.model != "m\"\\x" ||
      !again.wants_usage || again.stream != view.stream) {
    std::abort();
  }
  const std::string limited = srasta::inference::EditedBody(body, view, "m\"\\x", true, 7).joined();
  const auto limit = srasta::json::scan_object(limited, {.lone_surrogates = true});
  const auto* const member = limit.object.find("max_tokens");
  if (!limit.ok() || member == nullptr || member->value == "null") std::abort();
  return 0;
}
