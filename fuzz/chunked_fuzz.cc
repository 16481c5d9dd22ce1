// Question: does the decoder give the same body for every split of its input, and where it sees the
// end, does Boost.Beast see the same body?
#include "http/chunked.h"
#include "input.h"

#include <optional>
#include <string>

#include <boost/beast/http.hpp>

namespace {

struct Decoded {
  std::string body;
  bool done = false;
  bool failed = false;
  size_t consumed = 0;
  std::optional<std::string> trailer;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view input, size_t piece) {
  srasta::http::ChunkedDecoder decoder;
  decoder.keep_trailer("X-Mac");
  Decoded out;
  while (out.consumed < input.size() && !out.done && !out.failed) {
    const auto step = decoder.next(input.substr(out.consumed, piece));
    out.body += step.data;
    out.consumed += step.consumed;
    out.done = decoder.done();
    out.failed = decoder.fault() != srasta::http::ChunkFault::None;
  }
  out.trailer = decoder.trailer();
  return out;
}

void compare_with_beast(std::string_view input, const Decoded& ours) {
  namespace beast = boost::beast;
  beast::http::response_parser<beast::http::string_body> parser;
  parser.eager(true);
  parser.body_limit(boost::none);
  std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  answer.append(input.substr(0, ours.consumed));
  boost::system::error_code error;
  for (size_t at = 0; at < answer.size() && !parser.is_done();) {
    const auto rest = boost::asio::buffer(answer) + at;
    const size_t used = parser.put(rest, error);
    // Extensions are dropped: Beast checks their spelling more closely.
    if (error == beast::http::error::bad_chunk_extension) return;
    srasta::fuzz::require(!error && used > 0);
    at += used;
  }
  srasta::fuzz::require(parser.is_done() && parser.get().body() == ours.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = srasta::fuzz::text_of(data, size);
  const Decoded whole = decode(input, size + 1);
  srasta::fuzz::require(decode(input, 1) == whole && decode(input, 3) == whole);
  if (whole.done && !whole.failed) compare_with_beast(input, whole);
  return 0;
}
