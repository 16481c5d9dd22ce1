#include "event_reader.h"

#include <algorithm>
#include <charconv>

namespace bench {
namespace {

constexpr std::string_view kContent = R"("content":")";
constexpr size_t kNumber = 8;
constexpr size_t kTime = 19;
constexpr size_t kMostSamples = 8'000'000;

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

template <typename Number>
Number parse(std::string_view text, int base = 10) {
  Number value = 0;
  std::from_chars(text.begin(), text.end(), value, base);
  return value;
}

}  // namespace

EventReader::State EventReader::feed(std::string_view bytes, int64_t now_ns) {
  raw_ += bytes;
  if (status_ == 0) {
    if (const State head = read_head(); head != State::Reading || status_ == 0) return head;
  }
  if (chunked_) return read_chunks(now_ns);
  const size_t size = std::min<uint64_t>(left_, raw_.size());
  left_ -= size;
  raw_.erase(0, size);
  return left_ == 0 ? State::Done : State::Reading;
}

EventReader::State EventReader::read_head() {
  const size_t end = raw_.find("\r\n\r\n");
  if (end == std::string::npos) return State::Reading;
  const std::string head = lower(std::string_view(raw_).substr(0, end + 2));
  raw_.erase(0, end + 4);
  if (!head.starts_with("http/1.1 ")) return State::Broken;
  status_ = parse<int>(std::string_view(head).substr(9, 3));
  chunked_ = head.find("\r\ntransfer-encoding: chunked") != std::string::npos;
  keep_alive_ = head.find("\r\nconnection: close") == std::string::npos;
  const size_t length = head.find("\r\ncontent-length: ");
  if (length != std::string::npos) {
    left_ = parse<uint64_t>(std::string_view(head).substr(length + 18));
  }
  return chunked_ || length != std::string::npos ? State::Reading : State::Broken;
}

/// Chunk after chunk; a chunk may come in pieces.
EventReader::State EventReader::read_chunks(int64_t now_ns) {
  size_t at = 0;
  State state = State::Reading;
  while (state == State::Reading) {
    if (left_ == 0) {
      const size_t line_end = raw_.find("\r\n", at);
      if (line_end == std::string::npos) break;
      const auto size = parse<uint64_t>(std::string_view(raw_).substr(at, line_end - at), 16);
      if (size == 0 && raw_.size() < line_end + 4) break;
      at = line_end + (size == 0 ? 4 : 2);
      if (size == 0) state = State::Done;
      left_ = size == 0 ? 0 : size + 2;
      continue;
    }
    const size_t take = std::min<uint64_t>(left_, raw_.size() - at);
    if (take == 0) break;
    // The last two bytes of a chunk are its line end.
    const size_t data = left_ > 2 ? std::min<uint64_t>(left_ - 2, take) : 0;
    events_.append(raw_, at, data);
    at += take;
    left_ -= take;
  }
  raw_.erase(0, at);
  read_events(now_ns);
  return state;
}

void EventReader::read_events(int64_t now_ns) {
  size_t at = 0;
  for (size_t end = events_.find("\n\n"); end != std::string::npos;
       end = events_.find("\n\n", at)) {
    read_event(std::string_view(events_).substr(at, end - at), now_ns);
    at = end + 2;
  }
  events_.erase(0, at);
}

void EventReader::read_event(std::string_view event, int64_t now_ns) {
  if (event == "data: [DONE]") done_event_ = true;
  const size_t at = event.find(kContent);
  if (at == std::string_view::npos) return;
  const std::string_view stamp = event.substr(at + kContent.size());
  const auto number = parse<uint32_t>(stamp.substr(0, kNumber));
  const auto sent = parse<int64_t>(stamp.substr(kNumber + 1, kTime));
  ++arrivals_.frames;
  if (number < next_) {
    ++arrivals_.misplaced;
    return;
  }
  arrivals_.missing += number - next_;
  next_ = number + 1;
  if (arrivals_.lateness_us.size() < kMostSamples) {
    arrivals_.lateness_us.push_back(
        static_cast<uint32_t>(std::max<int64_t>(now_ns - sent, 0) / 1000));
  }
}

void EventReader::count_missing() {
  arrivals_.missing += expected_ - std::min(expected_, next_);
}

void EventReader::restart() {
  status_ = 0;
  chunked_ = false;
  keep_alive_ = true;
  done_event_ = false;
  left_ = 0;
  next_ = 0;
  events_.clear();
}

}  // namespace bench
