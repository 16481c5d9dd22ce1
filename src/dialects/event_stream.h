#pragma once

#include "dialects/translation.h"
#include "dialects/value.h"
#include "http/sse.h"

#include <string>
#include <string_view>

// Private to dialects/: what all translators of server-sent events share.
namespace srasta::dialects {

/// Finds the events, whose data are JSON objects, and gathers what is to be sent.
class EventStream : public StreamTranslator {
 public:
  [[nodiscard]] std::string feed(std::string_view bytes) final;
  [[nodiscard]] std::string finish() final;
  [[nodiscard]] State state() const final { return state_; }

 protected:
  virtual void on_event(const Fields& data) = 0;
  /// `data: [DONE]`
  virtual void on_done() = 0;
  /// The bytes ended while it was running.
  virtual void on_end() = 0;

  /// Tells the client what the engine said went wrong, which ends the stream.
  void report(const Fields& error, const Asked& asked);
  void send(std::string_view bytes) { out_ += bytes; }
  void set(State state) { state_ = state; }
  [[nodiscard]] bool running() const { return state_ == State::Running; }

 private:
  void take(std::string_view data);

  http::SseScanner scanner_;
  std::string out_;
  State state_ = State::Running;
};

}  // namespace srasta::dialects
