#pragma once

#include "base/clock.h"
#include "base/entropy.h"

namespace srasta::evidence {

/// How long to leave a sink alone after it failed: doubled each time up to a bound, then spread
/// between half of that and all of it, so that many senders do not come back at once. Pure.
class SinkPause {
 public:
  struct Settings {
    base::Micros first = base::Seconds(1);
    base::Micros longest = base::Seconds(60);
  };

  explicit SinkPause(Settings settings) : settings_(settings) {}

  [[nodiscard]] base::Micros after_failure(base::Entropy& entropy);
  /// It answered that it does not want what we send: as long as ever.
  [[nodiscard]] base::Micros after_refusal(base::Entropy& entropy);
  void reset() { last_ = base::Micros(0); }

 private:
  [[nodiscard]] base::Micros spread(base::Entropy& entropy) const;

  const Settings settings_;
  base::Micros last_{0};
};

}  // namespace srasta::evidence
