#pragma once

#include <utility>

namespace srasta::base {

/// Owns one file descriptor; -1 is none. Closed on destruction. Not for files whose close must be
/// checked: those go through `File`.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.number_, -1));
    return *this;
  }
  ~Descriptor() { reset(); }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool open() const { return number_ >= 0; }
  /// Gives up ownership.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }
  /// Closes what is owned and takes `number`.
  void reset(int number = -1);

 private:
  int number_ = -1;
};

}  // namespace srasta::base
