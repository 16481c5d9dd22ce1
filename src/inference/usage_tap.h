#pragma once

#include "inference/usage.h"

#include <optional>
#include <string>
#include <string_view>

namespace srasta::inference {

/// Reads the `usage` of a plain JSON answer while it passes in arbitrary pieces, without keeping
/// the answer: like `find_usage` on the whole, in bounded memory. Nothing is validated.
class UsageTap {
 public:
  void feed(std::string_view bytes);
  /// What the outermost `usage` said; of several, the last.
  [[nodiscard]] std::optional<Usage> usage() const;

 private:
  /// Takes the run of bytes up to the next one that matters and gives its length.
  size_t take_string_run(std::string_view bytes);
  void take_structure(char c);
  void keep(std::string_view run);

  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool expects_key_ = false;  // of the outermost object
  bool in_key_ = false;
  bool in_value_ = false;  // of the outermost `usage`
  std::string key_;
  std::string value_;
};

}  // namespace srasta::inference
