// Question: does the meter that remembers a chunk's shape count of every chunk what reading it
// counts? Input: chunks, one a line.
#include "inference/generated_text.h"
#include "input.h"

#include <algorithm>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = srasta::fuzz::text_of(data, size);
  srasta::inference::TextMeter meter;
  while (!text.empty()) {
    const std::string_view chunk = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), chunk.size() + 1));
    srasta::fuzz::require(meter.count(chunk) == srasta::inference::generated_text(chunk));
  }
  return 0;
}
