#pragma once

#include "sandbox/job.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::sandbox {

/// The beginning and the end of a stream of any length, in bounded memory. Pure.
class OutputRing {
 public:
  /// Keeps `kept` bytes: half from the start, half from the end.
  explicit OutputRing(size_t kept) : head_limit_(kept / 2), tail_limit_(kept - kept / 2) {}

  void append(std::string_view bytes);
  [[nodiscard]] uint64_t total() const { return total_; }
  /// What was kept; the ring is empty then.
  [[nodiscard]] Output take();

 private:
  size_t head_limit_;
  size_t tail_limit_;
  std::string head_;
  std::string tail_;   ///< a circle once it is full
  size_t oldest_ = 0;  ///< where the circle begins
  uint64_t total_ = 0;
};

}  // namespace srasta::sandbox
