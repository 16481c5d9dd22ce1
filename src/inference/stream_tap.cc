#include "inference/stream_tap.h"

#include <algorithm>

namespace srasta::inference {
namespace {

using dialects::Protocol;

/// Far above any usage event: what is longer need not be held.
constexpr size_t kMostHeld = 64 * 1024;
constexpr size_t kLongestLine = 256 * 1024;

}  // namespace

const std::vector<std::string_view>& StreamTap::feed(std::string_view bytes) {
  out_.clear();
  released_.clear();
  if (protocol_ == Protocol::Ollama) {
    feed_lines(bytes);
  } else if (removing_) {
    feed_removing(bytes);
  } else {
    feed_watching(bytes);
  }
  return out_;
}

void StreamTap::finish() {
  if (protocol_ != Protocol::Ollama || line_.empty()) return;
  (void)take(line_, line_dropped_);
  line_.clear();
}

/// Whether the event that just ended is the usage event to remove.
bool StreamTap::end_event() {
  return take(scanner_.data(), scanner_.data_dropped());
}

bool StreamTap::take(std::string_view data, bool data_dropped) {
  if (counting_) count(data, data_dropped);
  if (data.empty() || data_dropped) return false;
  if (protocol_ == Protocol::Chat && data == "[DONE]") done_ = true;
  const ChunkFacts facts = read_chunk(data, protocol_);
  if (facts.usage) learn(*facts.usage);
  saw_error_ = saw_error_ || facts.is_error;
  done_ = done_ || facts.is_last;
  return facts.usage_only;
}

/// Messages tells the input at the beginning and the output, which grows, at the end.
void StreamTap::learn(const Usage& usage) {
  const bool in_parts = protocol_ == Protocol::Messages && usage_;
  usage_ = in_parts
               ? Usage{std::max(usage_->input, usage.input), std::max(usage_->output, usage.output)}
               : usage;
}

void StreamTap::count(std::string_view data, bool data_dropped) {
  if (data.empty() || data == "[DONE]") return;
  // What is too long to be looked at counts as text, as far as it was kept.
  const uint64_t bytes = data_dropped ? kMostHeld : text_meter_.count(data);
  text_bytes_ += bytes;
  text_events_ += bytes > 0 ? 1 : 0;
}

void StreamTap::feed_lines(std::string_view bytes) {
  if (bytes.empty()) return;
  out_.push_back(bytes);
  at_event_end_ = bytes.ends_with('\n');
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view run = bytes.substr(0, end);
    if (line_.size() + run.size() <= kLongestLine) {
      line_ += run;
    } else {
      line_dropped_ = true;
    }
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    (void)take(line_, line_dropped_);
    line_.clear();
    line_dropped_ = false;
  }
}

void StreamTap::feed_watching(std::string_view bytes) {
  if (bytes.empty()) return;
  out_.push_back(bytes);
  while (!bytes.empty()) {
    const http::SseScanner::Step step = scanner_.next(bytes);
    if (step.event) (void)end_event();
    bytes.remove_prefix(step.consumed);
    at_event_end_ = step.event;
  }
}

void StreamTap::feed_removing(std::string_view bytes) {
  // The LF of a CRLF that was split belongs to the event before it.
  if (scanner_.swallows_line_feed() && held_.empty() && bytes.starts_with('\n')) {
    (void)scanner_.next(bytes.substr(0, 1));
    if (!removed_last_) out_.push_back(bytes.substr(0, 1));
    bytes.remove_prefix(1);
  }
  while (!bytes.empty()) {
    const http::SseScanner::Step step = scanner_.next(bytes);
    const std::string_view run = bytes.substr(0, step.consumed);
    bytes.remove_prefix(step.consumed);
    if (!step.event) {
      held_.append(run);
      if (held_.size() <= kMostHeld) return;
      overflow_.swap(held_);
      held_.clear();
      out_.emplace_back(overflow_);
      at_event_end_ = false;
      removed_last_ = false;
      partly_out_ = true;
      return;
    }
    removed_last_ = end_event() && !partly_out_;
    partly_out_ = false;
    if (!removed_last_) {
      if (!held_.empty()) {
        released_ = held_;
        out_.emplace_back(released_);
      }
      out_.push_back(run);
      at_event_end_ = true;
    }
    held_.clear();
  }
}

}  // namespace srasta::inference
