#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What arrived on all streams.
struct Arrivals {
  uint64_t frames = 0;
  uint64_t missing = 0;               ///< numbers that were passed over, or not there at the end
  uint64_t misplaced = 0;             ///< numbers that came twice or too late
  std::vector<uint32_t> lateness_us;  ///< from the engine's send to our receipt, one per frame
};

/// Reads the answers of one connection: head, chunked or sized body, events, frames of the mock
/// engine (mock_shape.h) and whether each comes in its turn.
class EventReader {
 public:
  EventReader(Arrivals& arrivals, uint32_t frames) : arrivals_(arrivals), expected_(frames) {}

  enum class State : uint8_t { Reading, Done, Broken };

  /// Takes what came at `now_ns`. Done: the body's end, after which `restart` reads the next one.
  State feed(std::string_view bytes, int64_t now_ns);
  void restart();
  /// Counts what did not come.
  void count_missing();

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] bool keeps_alive() const { return keep_alive_; }
  [[nodiscard]] bool done_event() const { return done_event_; }
  [[nodiscard]] uint32_t frames() const { return next_; }

 private:
  State read_head();
  State read_chunks(int64_t now_ns);
  void read_events(int64_t now_ns);
  void read_event(std::string_view event, int64_t now_ns);

  Arrivals& arrivals_;
  const uint32_t expected_;
  std::string raw_;     // not yet decoded
  std::string events_;  // decoded, not yet a whole event
  int status_ = 0;
  bool chunked_ = false;
  bool keep_alive_ = true;
  bool done_event_ = false;
  uint64_t left_ = 0;  // of the chunk or of the sized body
  uint32_t next_ = 0;
};

}  // namespace bench
