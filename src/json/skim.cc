#include "json/skim.h"

#include "base/byte_set.h"
#include "json/quote.h"

#include <charconv>

namespace srasta::json {
namespace {

constexpr base::ByteSet kSpace(" \t\r\n");
constexpr base::ByteSet kStructure("\"{}[],");

/// Walks over the tokens of one text.
class Skimmer {
 public:
  explicit Skimmer(std::string_view text) : text_(text) {}

  /// Whether a significant character is there; `current` is the next one.
  bool skip_space() {
    at_ = kSpace.skip_in(text_, at_);
    return at_ < text_.size();
  }
  [[nodiscard]] char current() const { return text_[at_]; }
  [[nodiscard]] size_t at() const { return at_; }
  void step() { ++at_; }

  /// Behind the string that starts here; its inside. Nothing if it does not end.
  std::optional<std::string_view> take_string() {
    const size_t begin = ++at_;
    at_ = closing_quote(text_, begin);
    if (at_ < text_.size()) return text_.substr(begin, at_++ - begin);
    return std::nullopt;
  }

  /// Behind the value that starts here; false if it does not end.
  bool skip_value() {
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!take_string()) return false;
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if ((c == '}' || c == ']') && depth > 0) {
        --depth;
        ++at_;
      } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
        return true;
      } else {
        at_ = kStructure.find_in(text_, at_ + 1);
        continue;
      }
      if (depth == 0) return at_ < text_.size();
    }
    return false;
  }

 private:
  const std::string_view text_;
  size_t at_ = 0;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && kSpace.contains(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<std::string_view> skim_member(std::string_view text, std::string_view key) {
  Skimmer skimmer(text);
  std::optional<std::string_view> found;
  if (!skimmer.skip_space() || skimmer.current() != '{') return std::nullopt;
  skimmer.step();
  while (skimmer.skip_space() && skimmer.current() == '"') {
    const auto name = skimmer.take_string();
    if (!name || !skimmer.skip_space() || skimmer.current() != ':') return std::nullopt;
    skimmer.step();
    if (!skimmer.skip_space()) return std::nullopt;
    const size_t begin = skimmer.at();
    if (!skimmer.skip_value()) return std::nullopt;
    if (*name == key) found = trimmed(text.substr(begin, skimmer.at() - begin));
    if (!skimmer.skip_space() || skimmer.current() != ',') break;
    skimmer.step();
  }
  return found;
}

std::optional<int64_t> skim_count(std::string_view object, std::string_view key) {
  const auto value = skim_member(object, key);
  if (!value) return std::nullopt;
  int64_t count = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), count);
  if (error != std::errc{} || end != value->data() + value->size() || count < 0) {
    return std::nullopt;
  }
  return count;
}

}  // namespace srasta::json
