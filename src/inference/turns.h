#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace srasta::inference {

/// Deals requests to the targets of one offer in proportion to their weights, evenly mixed (the
/// smooth weighted round robin of nginx). For one thread.
class Turns {
 public:
  struct Choice {
    size_t target = 0;  ///< index into the offer's targets
    uint32_t weight = 1;
  };
  /// Whose turn it is among `choices`, which are not empty: an index into them.
  [[nodiscard]] size_t next(std::span<const Choice> choices);

 private:
  std::vector<int64_t> credit_;  // by target
};

}  // namespace srasta::inference
