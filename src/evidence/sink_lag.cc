#include "evidence/sink_lag.h"

namespace srasta::evidence {

bool LagWatch::changes(uint64_t behind, base::Micros age) {
  const bool before = lagging_;
  if (lagging_) {
    lagging_ = behind > limits_.records / 2 || age > limits_.age / 2;
  } else {
    lagging_ = behind > limits_.records || age > limits_.age;
  }
  return lagging_ != before;
}

}  // namespace srasta::evidence
