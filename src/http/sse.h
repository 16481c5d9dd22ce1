#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace srasta::http {

/// Finds the events of a text/event-stream (WHATWG HTML 9.2) in bytes that arrive in arbitrary
/// pieces. Lines end in LF, CRLF or CR. Nothing is changed: it only says where events end and what
/// their data is, so that a relay can look without touching.
class SseScanner {
 public:
  struct Step {
    size_t consumed = 0;  ///< bytes up to and including the end of an event, or all of the input
    bool event = false;   ///< an event (or a comment block) ended there
  };

  /// `data_limit`: an event whose data is longer is scanned but its data is dropped.
  explicit SseScanner(size_t data_limit = 256 * 1024) : data_limit_(data_limit) {}

  /// Takes bytes up to the end of the next event. When a CR ended the event and an LF follows in a
  /// later piece, that LF is reported by `swallows_line_feed()` as still belonging to it.
  Step next(std::string_view input);

  /// The data lines of the event that just ended, joined by LF. Valid until the next call.
  [[nodiscard]] std::string_view data() const { return data_; }
  [[nodiscard]] bool data_dropped() const { return data_dropped_; }
  /// Whether an LF at the start of the next input ends the same line as the last CR.
  [[nodiscard]] bool swallows_line_feed() const { return after_cr_; }

 private:
  void end_line();

  const size_t data_limit_;
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool data_dropped_ = false;
  bool line_seen_ = false;  // the current event has at least one non-empty line
  bool line_empty_ = true;
  bool after_cr_ = false;
  bool event_ended_ = false;
  bool first_line_ = true;
};

}  // namespace srasta::http
