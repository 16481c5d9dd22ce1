// Question: does the scanner find the events of the standard's own rules (WHATWG HTML 9.2.6),
// whatever the split, and does it take every byte?
#include "http/sse.h"
#include "input.h"

#include <algorithm>
#include <string>

namespace {

using srasta::fuzz::require;
using Events = std::vector<std::string>;

/// As the standard words it: all lines first, then fields. Events without data are not events.
Events events_of(std::string_view stream) {
  Events events;
  std::string data;
  if (stream.starts_with("\xEF\xBB\xBF")) stream.remove_prefix(3);
  while (true) {
    const size_t end = stream.find_first_of("\r\n");
    if (end == std::string_view::npos) return events;
    const std::string_view line = stream.substr(0, end);
    stream.remove_prefix(stream.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
    const size_t colon = std::min(line.find(':'), line.size());
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (line.substr(0, colon) == "data") data.append(value).append("\n");
    if (!line.empty()) continue;
    if (data.size() > 1) events.push_back(data.substr(0, data.size() - 1));
    data.clear();
  }
}

Events scan(std::string_view stream, size_t piece, size_t limit) {
  srasta::http::SseScanner scanner(limit);
  Events events;
  for (size_t at = 0; at < stream.size();) {
    const auto step = scanner.next(stream.substr(at, piece));
    require(step.consumed >= 1 && at + step.consumed <= stream.size());
    at += step.consumed;
    if (step.event && !scanner.data().empty() && !scanner.data_dropped()) {
      events.emplace_back(scanner.data());
    }
  }
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view stream = srasta::fuzz::text_of(data, size);
  const Events expected = events_of(stream);
  for (const size_t piece : {size + 1, size_t{1}, size_t{3}}) {
    require(scan(stream, piece, size + 16) == expected);
  }
  require(scan(stream, 1, 16) == scan(stream, size + 1, 16));
  return 0;
}
