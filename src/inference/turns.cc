#include "inference/turns.h"

namespace srasta::inference {

size_t Turns::next(std::span<const Choice> choices) {
  if (choices.size() == 1) return 0;
  int64_t dealt = 0;
  size_t best = 0;
  for (size_t i = 0; i < choices.size(); ++i) {
    if (choices[i].target >= credit_.size()) credit_.resize(choices[i].target + 1);
    dealt += choices[i].weight;
    credit_[choices[i].target] += choices[i].weight;
    if (credit_[choices[i].target] > credit_[choices[best].target]) best = i;
  }
  credit_[choices[best].target] -= dealt;
  return best;
}

}  // namespace srasta::inference
