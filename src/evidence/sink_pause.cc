#include "evidence/sink_pause.h"

#include <algorithm>
#include <array>
#include <span>

namespace srasta::evidence {

base::Micros SinkPause::after_failure(base::Entropy& entropy) {
  last_ = std::clamp(last_ * 2, settings_.first, settings_.longest);
  return spread(entropy);
}

base::Micros SinkPause::after_refusal(base::Entropy& entropy) {
  last_ = settings_.longest;
  return spread(entropy);
}

base::Micros SinkPause::spread(base::Entropy& entropy) const {
  std::array<std::byte, 2> dice{};
  entropy.fill(dice);
  const auto thrown = std::to_integer<int64_t>(dice[0]) << 8 | std::to_integer<int64_t>(dice[1]);
  const base::Micros half = last_ / 2;
  return half + half * thrown / 0xFFFF;
}

}  // namespace srasta::evidence
