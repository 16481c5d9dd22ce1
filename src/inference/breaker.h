#pragma once

#include "base/clock.h"

#include <cstdint>

namespace srasta::inference {

/// What one try said about the engine's health.
enum class TryVerdict : uint8_t {
  Good,       ///< it answered, if only that the request is wrong
  Unknown,    ///< the client left before an answer, or the engine asked for patience (429)
  BadAnswer,  ///< it answered with an error of its own, or broke the protocol
  NoAnswer,   ///< it could not be reached, or did not answer in time
};

/// Whether requests go to one engine, decided by what became of those before (a circuit breaker).
/// After `Rules::failures` bad tries without a good one between them it is ejected; after
/// `Rules::ejected_for` one request at a time may try it, and the first good one ends the ejection.
/// Probes decide nothing here: an engine may list its models and fail at everything else. For one
/// thread.
class Breaker {
 public:
  struct Rules {
    uint32_t failures = 5;  ///< in a row; 0: it is never ejected
    base::Micros ejected_for = base::Seconds(5);
  };
  enum class State : uint8_t { Closed, Open, HalfOpen };
  enum class Pass : uint8_t { Refused, Free, Trial };

  void set(const Rules& rules) { rules_ = rules; }

  /// Whether a request may go there. After Pass::Trial nobody else may before `report` of it.
  [[nodiscard]] Pass ask(base::MonoTime now);
  /// What became of a request; true when the engine was ejected by it, or is used again.
  bool report(TryVerdict verdict, bool trial, base::MonoTime now);

  [[nodiscard]] State state(base::MonoTime now) const;
  /// Whether nothing stands against the engine.
  [[nodiscard]] bool clean() const { return !open_ && in_a_row_ == 0; }
  /// Whether what ejected it were answers: such an engine is better than none.
  [[nodiscard]] bool answers() const { return answers_; }

 private:
  bool eject(TryVerdict verdict, base::MonoTime now);

  Rules rules_;
  uint32_t in_a_row_ = 0;
  bool open_ = false;
  bool trial_out_ = false;
  bool answers_ = false;
  base::MonoTime again_{};
};

}  // namespace srasta::inference
