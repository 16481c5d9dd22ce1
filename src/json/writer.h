#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace srasta::json {

/// Builds one JSON text front to back; commas are placed by the writer. Text is escaped and bytes
/// that are not UTF-8 become U+FFFD, so the result is always well-formed if begin and end calls
/// match.
class Writer {
 public:
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);
  Writer& string(std::string_view text);
  Writer& integer(int64_t value);
  Writer& boolean(bool value);
  Writer& null();
  /// Inserts text that is known to be one JSON value.
  Writer& raw(std::string_view json);

  /// `key(name)` and the value.
  Writer& member(std::string_view name, std::string_view text) { return key(name).string(text); }
  Writer& member(std::string_view name, const char* text) { return key(name).string(text); }
  Writer& member(std::string_view name, int64_t value) { return key(name).integer(value); }
  Writer& member(std::string_view name, bool value) { return key(name).boolean(value); }
  /// An array of texts.
  Writer& member(std::string_view name, std::span<const std::string> texts) {
    key(name).begin_array();
    for (const std::string& text : texts) string(text);
    return end_array();
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void separate();

  std::string text_;
  bool needs_comma_ = false;
};

/// An array of texts that stands by itself; `parse_texts` reads it again.
[[nodiscard]] std::string texts_json(std::span<const std::string> texts);

}  // namespace srasta::json
