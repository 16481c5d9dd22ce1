#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace srasta::http {

/// The reason phrase of RFC 9110, "" for unknown numbers.
[[nodiscard]] std::string_view reason_phrase(int status);

/// Writes a head front to back. Names and values are ours or were checked by the parser; a value
/// with a control character aborts, because it would split the head.
class HeadWriter {
 public:
  static HeadWriter response(int status);
  static HeadWriter request(std::string_view method, std::string_view target);

  HeadWriter& field(std::string_view name, std::string_view value);
  HeadWriter& field(std::string_view name, uint64_t value);
  /// Adds the empty line.
  [[nodiscard]] std::string finish();
  /// Without the empty line, for fields that are sent from elsewhere.
  [[nodiscard]] std::string unfinished() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace srasta::http
