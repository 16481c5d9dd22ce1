#pragma once

#include "json/scanner.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace srasta::json {

/// Goes through one value of a text that `scan_object` accepted, once, in order, without copying
/// and without looking at values that are skipped. For bodies whose meaning is in nested values of
/// any size. Nothing is validated again: on any other text the results mean nothing, but stay
/// within it.
class Walk {
 public:
  explicit Walk(std::string_view value) : text_(value) {}

  /// Of the value that comes next.
  [[nodiscard]] Kind kind();
  /// Passes the next value, whatever it is; as written.
  std::string_view skip();
  /// Passes the next value, a string; without its quotes, escapes not resolved.
  std::string_view string();

  /// Passes the next value, an array. `visit()` is called before each element and passes it.
  template <typename Visit>
  void elements(Visit visit) {
    open();
    while (next_item()) visit();
  }
  /// Passes the next value, an object. `visit(key)` is called before each value and passes it; the
  /// key is without its quotes, escapes not resolved.
  template <typename Visit>
  void members(Visit visit) {
    open();
    while (next_item()) {
      const std::string_view key = string();
      pass(':');
      visit(key);
    }
  }

 private:
  void skip_blanks();
  void pass(char expected);
  void open();
  /// Passes a comma, or the closing bracket and says no.
  [[nodiscard]] bool next_item();

  std::string_view text_;
  size_t at_ = 0;
};

/// The length in UTF-8 of what `unescape(raw)` gives. With `as_json`, of how it is written in JSON
/// by those who escape only what they must.
[[nodiscard]] size_t unescaped_size(std::string_view raw, bool as_json = false);

}  // namespace srasta::json
