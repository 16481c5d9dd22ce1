#pragma once

#include "base/entropy.h"

#include <cstdint>
#include <mutex>

namespace srasta::testing {

/// Bytes that are the same in every run (splitmix64).
class SeededEntropy final : public base::Entropy {
 public:
  explicit SeededEntropy(uint64_t seed) : state_(seed) {}

  void fill(std::span<std::byte> out) override {
    const std::lock_guard lock(mutex_);
    for (std::byte& byte : out) byte = static_cast<std::byte>(next() >> 56);
  }

  /// A number below `bound`.
  [[nodiscard]] uint64_t below(uint64_t bound) {
    const std::lock_guard lock(mutex_);
    return next() % bound;
  }

 private:
  uint64_t next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  std::mutex mutex_;
  uint64_t state_;
};

}  // namespace srasta::testing
