#include "http/sse.h"

#include <algorithm>

namespace srasta::http {
namespace {

/// Two searches that use vector instructions beat one that does not.
size_t end_of_line(std::string_view input, size_t from) {
  const size_t line_feed = std::min(input.find('\n', from), input.size());
  return std::min(input.substr(0, line_feed).find('\r', from), line_feed);
}

}  // namespace

SseScanner::Step SseScanner::next(std::string_view input) {
  if (event_ended_) {
    event_ended_ = false;
    data_.clear();
    has_data_ = false;
    data_dropped_ = false;
    line_seen_ = false;
  }
  for (size_t at = 0; at < input.size(); ++at) {
    if (after_cr_) {
      after_cr_ = false;
      if (input[at] == '\n') continue;
    }
    if (input[at] != '\r' && input[at] != '\n') {
      const size_t end = end_of_line(input, at);
      const std::string_view run = input.substr(at, end - at);
      line_empty_ = false;
      if (line_.size() + run.size() <= data_limit_ + 8)
        line_.append(run);
      else
        data_dropped_ = true;
      at = end - 1;
      continue;
    }
    after_cr_ = input[at] == '\r';
    if (!line_empty_) {
      end_line();
      continue;
    }
    if (!line_seen_) {
      first_line_ = false;
      continue;
    }
    // A CRLF that is here already belongs to this event.
    if (after_cr_ && at + 1 < input.size() && input[at + 1] == '\n') {
      after_cr_ = false;
      ++at;
    }
    event_ended_ = true;
    return {at + 1, true};
  }
  return {input.size(), false};
}

void SseScanner::end_line() {
  std::string_view line = line_;
  if (first_line_ && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  first_line_ = false;
  line_seen_ = true;
  line_empty_ = true;
  if (line.starts_with("data") && (line.size() == 4 || line[4] == ':')) {
    std::string_view value = line.substr(std::min<size_t>(5, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (has_data_) data_ += '\n';
    has_data_ = true;
    if (data_.size() + value.size() <= data_limit_)
      data_ += value;
    else
      data_dropped_ = true;
  }
  line_.clear();
}

}  // namespace srasta::http
