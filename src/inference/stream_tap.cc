#include "inference/stream_tap.h"

namespace srasta::inference {
namespace {

/// Far above any usage event: what is longer need not be held.
constexpr size_t kMostHeld = 64 * 1024;

}  // namespace

const std::vector<std::string_view>& StreamTap::feed(std::string_view bytes) {
  out_.clear();
  released_.clear();
  if (removing_) {
    feed_removing(bytes);
  } else {
    feed_watching(bytes);
  }
  return out_;
}

/// Whether the event that just ended is the usage event to remove.
bool StreamTap::end_event() {
  const std::string_view data = scanner_.data();
  if (counting_) count(data);
  if (data.empty() || scanner_.data_dropped()) return false;
  if (data == "[DONE]") done_ = true;
  const ChunkFacts facts = read_chunk(data);
  if (facts.usage) usage_ = facts.usage;
  saw_error_ = saw_error_ || facts.is_error;
  return facts.usage_only;
}

void StreamTap::count(std::string_view data) {
  if (data.empty() || data == "[DONE]") return;
  // What is too long to be looked at counts as text, as far as it was kept.
  const uint64_t bytes = scanner_.data_dropped() ? kMostHeld : text_meter_.count(data);
  text_bytes_ += bytes;
  text_events_ += bytes > 0 ? 1 : 0;
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
