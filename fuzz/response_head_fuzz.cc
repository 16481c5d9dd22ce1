// Question: is there an answer's head that we accept and Boost.Beast refuses or frames differently,
// or one that reads otherwise when it is written again?
#include "http/head.h"
#include "input.h"

#include <optional>
#include <string>

#include <boost/beast/http.hpp>

namespace {

using srasta::fuzz::require;
using srasta::http::Field;
using srasta::http::Framing;
using srasta::http::HeadFault;
using srasta::http::HeadLimits;
using srasta::http::HeadScanner;
using srasta::http::ResponseHead;

void compare_with_beast(std::string_view head, const ResponseHead& ours) {
  namespace beast = boost::beast;
  beast::http::response_parser<beast::http::empty_body> parser;
  parser.header_limit(1 << 20);
  parser.eager(false);
  parser.body_limit(boost::none);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(head.data(), head.size()), error);
  // Of engines any Connection is taken that names what is known; Beast wants a list of tokens.
  if (error == beast::http::error::bad_value) return;
  require(!error || error == beast::http::error::need_more);
  require(parser.is_header_done());
  require(parser.get().result_int() == static_cast<unsigned>(ours.status));
  if (ours.status < 200 || ours.status == 204 || ours.status == 304) {
    require(ours.framing == Framing::None);
    return;
  }
  require(parser.chunked() == (ours.framing == Framing::Chunked));
  const auto length = parser.content_length();
  require(length.has_value() == (ours.framing == Framing::Length));
  require(!length || *length == ours.length);
  require(!ours.keep_alive || parser.keep_alive());
}

std::string write_again(std::string_view head, const ResponseHead& parsed) {
  std::string text(head.substr(0, head.find("\r\n") + 2));
  for (const Field& field : parsed.fields) {
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return text + "\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = srasta::fuzz::text_of(data, size);
  const HeadLimits limits;
  HeadScanner scanner;
  if (scanner.scan(input, limits) != HeadScanner::State::Complete) return 0;
  const std::string_view head = input.substr(0, scanner.size());
  ResponseHead parsed;
  if (parse_response_head(head, limits, false, parsed) != HeadFault::None) return 0;
  require(parsed.fields.count("content-length") + parsed.fields.count("transfer-encoding") <= 1);
  compare_with_beast(head, parsed);

  const std::string again = write_again(head, parsed);
  ResponseHead reread;
  require(parse_response_head(again, limits, false, reread) == HeadFault::None);
  require(reread.status == parsed.status && reread.framing == parsed.framing &&
          reread.length == parsed.length && reread.keep_alive == parsed.keep_alive);
  require(write_again(again, reread) == again);

  require(parse_response_head(head, limits, true, reread) == HeadFault::None);
  require(reread.framing == Framing::None);
  return 0;
}
