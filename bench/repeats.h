#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// What is measured: `run` does it so many times.
struct Subject {
  std::string name;
  std::function<void(uint64_t times)> run;
  std::optional<double> bar_ns = {};  ///< reported beside, if there is one
};

struct Measured {
  double ns = 0;       ///< CPU time of one time: the median of the rounds
  double fastest = 0;  ///< of the rounds
  double slowest = 0;
  double ratio = 0;  ///< to the first subject in the same round: the median
};

/// Every subject in every round, one after another, so that all of them meet the same moments of a
/// shared machine. A batch of one subject lasts about `batch_ns`.
[[nodiscard]] std::vector<Measured> measure(const std::vector<Subject>& subjects, size_t rounds,
                                            double batch_ns);

/// Keeps the compiler from dropping what made `value`.
template <typename Value>
void keep(const Value& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

}  // namespace bench
