// Question: is there a head that we accept and Boost.Beast refuses or frames differently? Two
// readers that disagree are what request smuggling needs.
#include "http/head.h"

#include <cstdlib>
#include <string>

#include <boost/beast/http.hpp>

namespace {

using srasta::http::Framing;
using srasta::http::HeadScanner;

void compare_with_beast(std::string_view head, const srasta::http::RequestHead& ours) {
  namespace beast = boost::beast;
  beast::http::request_parser<beast::http::empty_body> parser;
  parser.header_limit(1 << 20);
  parser.eager(false);
  parser.body_limit(boost::none);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(head.data(), head.size()), error);
  if (error && error != beast::http::error::need_more) std::abort();
  if (!parser.is_header_done()) std::abort();
  if (std::string_view(parser.get().method_string()) != ours.method) std::abort();
  if (std::string_view(parser.get().target()) != ours.target) std::abort();
  if (parser.chunked() != (ours.framing == Framing::Chunked)) std::abort();
  const auto length = parser.content_length();
  if (length.has_value() != (ours.framing == Framing::Length)) std::abort();
  if (length && *length != ours.length) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const srasta::http::HeadLimits limits;
  HeadScanner whole;
  const HeadScanner::State state = whole.scan(input, limits);
  HeadScanner bytewise;
  HeadScanner::State last = HeadScanner::State::NeedMore;
  for (size_t i = 1; i <= size && last == HeadScanner::State::NeedMore; ++i) {
    last = bytewise.scan(input.substr(0, i), limits);
  }
  if (state == HeadScanner::State::Complete && (last != state || bytewise.size() != whole.size())) {
    std::abort();
  }
  if (state != HeadScanner::State::Complete) return 0;
  const std::string_view head = input.substr(0, whole.size());
  srasta::http::RequestHead request;
  if (parse_request_head(head, limits, request) == srasta::http::HeadFault::None) {
    compare_with_beast(head, request);
  }
  return 0;
}
