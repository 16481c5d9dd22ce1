// Question: does every part of an accepted form stand where a reader that only knows delimiters
// finds it, and is the form another one only where its bytes are?
#include "http/multipart.h"
#include "input.h"

#include <string>

using srasta::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input = srasta::fuzz::text_of(data, size);
  // The first line is the Content-Type.
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  const auto boundary = srasta::http::multipart_boundary(input.substr(0, line));
  if (!boundary) return 0;
  const std::string_view body = input.substr(line + 1);
  const srasta::http::Form form = srasta::http::parse_form(body, *boundary);
  if (form.fault != srasta::http::FormFault::None) return 0;
  const std::string delimiter = "\r\n--" + std::string(*boundary);
  size_t delimiters = 0;
  const std::string with_line = "\r\n" + std::string(body);
  for (size_t at = with_line.find(delimiter); at != std::string::npos;
       at = with_line.find(delimiter, at + 1)) {
    ++delimiters;
  }
  require(form.parts.size() >= 1 && delimiters >= form.parts.size() + 1);
  for (const auto& part : form.parts) {
    require(!part.name.empty() && part.value.find(delimiter) == std::string_view::npos);
    if (part.value.empty()) continue;
    const size_t start = static_cast<size_t>(part.value.data() - body.data());
    require(start >= 4 && body.substr(start - 4, 4) == "\r\n\r\n");
    require(body.substr(start + part.value.size(), delimiter.size()) == delimiter);
  }
  return 0;
}
