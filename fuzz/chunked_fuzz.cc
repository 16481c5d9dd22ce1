// Question: does the decoder give the same body for every split of its input?
#include "http/chunked.h"

#include <cstdlib>
#include <string>

namespace {

struct Decoded {
  std::string body;
  bool done = false;
  bool failed = false;
  size_t consumed = 0;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view input, size_t piece) {
  srasta::http::ChunkedDecoder decoder;
  Decoded out;
  while (out.consumed < input.size() && !out.done && !out.failed) {
    const auto step = decoder.next(input.substr(out.consumed, piece));
    out.body += step.data;
    out.consumed += step.consumed;
    out.done = decoder.done();
    out.failed = decoder.fault() != srasta::http::ChunkFault::None;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Decoded whole = decode(input, size + 1);
  if (decode(input, 1) != whole || decode(input, 3) != whole) std::abort();
  return 0;
}
