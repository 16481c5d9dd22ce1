// Question: does the tap let every byte through when it only watches, the same bytes for every
// split when it removes, and never more than came in?
#include "inference/stream_tap.h"

#include <cstdlib>
#include <string>

namespace {

std::string relay(std::string_view stream, size_t piece, bool remove) {
  srasta::inference::StreamTap tap(remove);
  std::string out;
  for (size_t at = 0; at < stream.size(); at += piece) {
    for (const std::string_view part : tap.feed(stream.substr(at, piece))) out += part;
  }
  out += tap.rest();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  if (relay(stream, 1, false) != stream || relay(stream, 7, false) != stream) std::abort();
  const std::string removed = relay(stream, size + 1, true);
  if (removed.size() > size || relay(stream, 1, true) != removed ||
      relay(stream, 5, true) != removed) {
    std::abort();
  }
  return 0;
}
