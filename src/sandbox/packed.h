#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace srasta::sandbox {

/// Numbers and texts one after another, as processes of the platform send them to each other: a
/// number is eight bytes, least significant first; a text is its length and its bytes.
class Packer {
 public:
  Packer& number(uint64_t value);
  Packer& text(std::string_view value);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Reads them again. After the first thing that is not there everything is zero or empty, and
/// `good` is false: no length is trusted, nothing is reserved for one.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  uint64_t number();
  /// Of the bytes that are read.
  std::string_view text();
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return good_ && rest_.empty(); }

 private:
  std::string_view take(uint64_t size);

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace srasta::sandbox
