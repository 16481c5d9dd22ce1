#include "json/walk.h"

#include "json/quote.h"

#include <algorithm>
#include <charconv>

namespace srasta::json {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr size_t kUnicodeEscape = 6;

uint32_t unit_at(std::string_view raw, size_t at) {
  uint32_t unit = 0;
  const std::string_view digits = raw.substr(std::min(at + 2, raw.size()), 4);
  std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
  return unit;
}

bool is_high(uint32_t unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low(uint32_t unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

struct Escape {
  size_t written;
  size_t resolved;
};

Escape unicode_escape(std::string_view raw, size_t at, bool as_json) {
  const uint32_t unit = unit_at(raw, at);
  const bool pair = is_high(unit) && raw.substr(at + kUnicodeEscape).starts_with("\\u") &&
                    is_low(unit_at(raw, at + kUnicodeEscape));
  if (pair) return {2 * kUnicodeEscape, 4};
  const bool escaped = unit < 0x20 || unit == '"' || unit == '\\';
  if (as_json && escaped) return {kUnicodeEscape, kUnicodeEscape};
  return {kUnicodeEscape, unit < 0x80 ? 1U : unit < 0x800 ? 2U : 3U};
}

}  // namespace

void Walk::skip_blanks() {
  at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
}

void Walk::pass(char expected) {
  skip_blanks();
  if (at_ < text_.size() && text_[at_] == expected) ++at_;
}

void Walk::open() {
  skip_blanks();
  if (at_ < text_.size()) ++at_;
}

bool Walk::next_item() {
  skip_blanks();
  if (at_ < text_.size() && text_[at_] == ',') ++at_;
  skip_blanks();
  if (at_ >= text_.size()) return false;
  if (text_[at_] != ']' && text_[at_] != '}') return true;
  ++at_;
  return false;
}

Kind Walk::kind() {
  skip_blanks();
  switch (at_ < text_.size() ? text_[at_] : 'n') {
    case '{':
      return Kind::Object;
    case '[':
      return Kind::Array;
    case '"':
      return Kind::String;
    case 't':
    case 'f':
      return Kind::Boolean;
    case 'n':
      return Kind::Null;
    default:
      return Kind::Number;
  }
}

std::string_view Walk::string() {
  open();
  const size_t begin = at_;
  const size_t end = closing_quote(text_, begin);
  at_ = std::min(end + 1, text_.size());
  return text_.substr(begin, end - begin);
}

std::string_view Walk::skip() {
  skip_blanks();
  const size_t begin = at_;
  size_t depth = 0;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '"') {
      (void)string();
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at_;
    } else if (c == '}' || c == ']') {
      if (depth == 0) break;
      --depth;
      ++at_;
    } else if (c == ',' && depth == 0) {
      break;
    } else {
      // A number or a word, or what stands between values.
      at_ = std::min(text_.find_first_of("\"{}[],", at_ + 1), text_.size());
      if (depth == 0) break;
      continue;
    }
    if (depth == 0) break;
  }
  std::string_view value = text_.substr(begin, at_ - begin);
  value = value.substr(0, value.find_last_not_of(kBlanks) + 1);
  return value;
}

size_t unescaped_size(std::string_view raw, bool as_json) {
  size_t size = raw.size();
  for (size_t at = raw.find('\\'); at != raw.npos; at = raw.find('\\', at)) {
    const bool unicode = raw.substr(at + 1).starts_with('u');
    const Escape escape = unicode ? unicode_escape(raw, at, as_json) : Escape{2, as_json ? 2U : 1U};
    size -= escape.written - escape.resolved;
    at += escape.written;
    if (at >= raw.size()) break;
  }
  return size;
}

}  // namespace srasta::json
