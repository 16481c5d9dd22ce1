#pragma once

#include "http/sse.h"
#include "inference/generated_text.h"
#include "inference/usage.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::inference {

/// Looks at a streamed answer while it is relayed: server-sent events, or for Ollama lines. Without
/// `remove_usage_event` bytes pass as they come; with it, an unfinished event is held back until
/// its end shows whether it is the usage event that the gateway itself asked for, which is then
/// left out. An event longer than 64 KiB is not held, and so not left out unless it arrived in one
/// piece.
class StreamTap {
 public:
  /// `count_text`: also count what the model wrote, for answers that nobody reports the use of.
  /// `protocol`: of the engine; only of Chat can an event be removed.
  explicit StreamTap(bool remove_usage_event, bool count_text = false,
                     dialects::Protocol protocol = dialects::Protocol::Chat)
      : protocol_(protocol),
        removing_(remove_usage_event && protocol == dialects::Protocol::Chat),
        counting_(count_text),
        text_meter_(protocol) {}

  /// What may be forwarded after `bytes` arrived: views into `bytes` or into the tap, valid until
  /// the next call.
  [[nodiscard]] const std::vector<std::string_view>& feed(std::string_view bytes);
  /// What is still held when the stream ends.
  [[nodiscard]] std::string_view rest() const { return held_; }
  /// The stream has ended: a last line may lack its end.
  void finish();

  [[nodiscard]] const std::optional<Usage>& usage() const { return usage_; }
  /// Bytes of text so far, and events that brought some: no fewer bytes than tokens, and no more
  /// events than tokens. 0 without `count_text`.
  [[nodiscard]] uint64_t text_bytes() const { return text_bytes_; }
  [[nodiscard]] uint64_t text_events() const { return text_events_; }
  [[nodiscard]] bool done() const { return done_; }  ///< the protocol's last event was seen
  [[nodiscard]] bool saw_error() const { return saw_error_; }
  /// Whether the last byte that was let through ends an event.
  [[nodiscard]] bool at_event_end() const { return at_event_end_; }

 private:
  bool end_event();
  bool take(std::string_view data, bool data_dropped);
  void learn(const Usage& usage);
  void count(std::string_view data, bool data_dropped);
  void feed_lines(std::string_view bytes);
  void feed_removing(std::string_view bytes);
  void feed_watching(std::string_view bytes);

  const dialects::Protocol protocol_;
  const bool removing_;
  const bool counting_;
  uint64_t text_bytes_ = 0;
  uint64_t text_events_ = 0;
  TextMeter text_meter_;
  http::SseScanner scanner_;
  std::string line_;           // of Ollama, as far as it came
  bool line_dropped_ = false;  // it is too long to be looked at
  std::string held_;
  std::string released_;  // the held part of an event that ended
  std::string overflow_;  // the held part of an event that is too long to be held
  std::vector<std::string_view> out_;
  std::optional<Usage> usage_;
  bool done_ = false;
  bool saw_error_ = false;
  bool at_event_end_ = true;
  bool removed_last_ = false;
  bool partly_out_ = false;  // of the current event
};

}  // namespace srasta::inference
