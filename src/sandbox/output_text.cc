#include "sandbox/output_text.h"

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace srasta::sandbox {
namespace {

constexpr size_t kLongestString = 4096;
constexpr size_t kLongestParameters = 64;
constexpr char32_t kEscape = 0x1B;

/// A character and how many bytes it took; without a value it was ill-formed.
struct Decoded {
  std::optional<char32_t> value;
  size_t length = 1;
};

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// What the first byte of a sequence says: its length, and the bounds of the second byte that
/// keep out overlong forms, surrogates and what is beyond U+10FFFF (Unicode 15, table 3-7).
struct Lead {
  size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
};

Lead lead_of(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {.length = 2};
  if (byte == 0xE0) return {.length = 3, .low = 0xA0};
  if (byte == 0xED) return {.length = 3, .high = 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {.length = 3};
  if (byte == 0xF0) return {.length = 4, .low = 0x90};
  if (byte >= 0xF1 && byte <= 0xF3) return {.length = 4};
  if (byte == 0xF4) return {.length = 4, .high = 0x8F};
  return {};
}

/// `bytes` is not empty. An ill-formed sequence is as long as its longest prefix of a good one.
Decoded decode(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (first < 0x80) return {.value = first};
  const Lead lead = lead_of(first);
  if (lead.length == 0) return {.value = std::nullopt};
  char32_t value = first & (0x7FU >> lead.length);
  for (size_t index = 1; index < lead.length; ++index) {
    if (index >= bytes.size() || !is_continuation(bytes[index])) {
      return {.value = std::nullopt, .length = index};
    }
    const auto byte = static_cast<unsigned char>(bytes[index]);
    if (index == 1 && (byte < lead.low || byte > lead.high)) return {.value = std::nullopt};
    value = (value << 6) | (byte & 0x3FU);
  }
  return {.value = value, .length = lead.length};
}

/// Length of a control sequence's parameters, intermediates and final byte; nothing if it does not
/// end as one.
std::optional<size_t> parameters_length(std::string_view rest) {
  for (size_t index = 0; index < rest.size() && index < kLongestParameters; ++index) {
    const auto byte = static_cast<unsigned char>(rest[index]);
    if (byte >= 0x40 && byte <= 0x7E) return index + 1;
    if (byte < 0x20 || byte > 0x3F) return std::nullopt;
  }
  return std::nullopt;
}

bool is_c1(std::string_view bytes) {
  return bytes.size() > 1 && bytes[0] == '\xC2' && static_cast<unsigned char>(bytes[1]) < 0xA0;
}

/// Length of a control string with its terminator: BEL, ESC \ or U+009C.
std::optional<size_t> string_length(std::string_view rest) {
  for (size_t index = 0; index < rest.size() && index < kLongestString; ++index) {
    const std::string_view here = rest.substr(index);
    if (here[0] == '\x07') return index + 1;
    if (here.starts_with("\x1B\\") || here.starts_with("\xC2\x9C")) return index + 2;
    // Another introducer: were it passed over, each would be searched from again.
    if (here[0] == '\n' || here[0] == '\x1B' || is_c1(here)) return std::nullopt;
  }
  return std::nullopt;
}

/// Length of what follows an introducer whose 7-bit form is ESC `kind`; nothing when it is none
/// or not complete.
std::optional<size_t> body_length(char kind, std::string_view rest) {
  if (kind == '[') return parameters_length(rest);
  constexpr std::string_view kStrings = "]PX^_";
  if (kStrings.find(kind) != std::string_view::npos) return string_length(rest);
  return std::nullopt;
}

/// Length of the sequence at the start of `bytes`, which begins with ESC.
std::optional<size_t> escape_length(std::string_view bytes) {
  if (bytes.size() < 2) return std::nullopt;
  if (const auto length = body_length(bytes[1], bytes.substr(2))) return *length + 2;
  constexpr std::string_view kStrings = "[]PX^_";
  if (kStrings.find(bytes[1]) != std::string_view::npos) return std::nullopt;
  // Intermediates and one final byte: ESC ( B, ESC c, ESC 7.
  for (size_t index = 1; index < bytes.size() && index < 4; ++index) {
    const auto byte = static_cast<unsigned char>(bytes[index]);
    if (byte >= 0x30 && byte <= 0x7E) return index + 1;
    if (byte < 0x20 || byte > 0x2F) return std::nullopt;
  }
  return std::nullopt;
}

struct Range {
  char32_t first;
  char32_t last;
};

// Characters that reorder, hide or join without being seen: marks and embeddings of the
// bidirectional algorithm, zero-width ones, line separators, fillers, tags, variation selectors
// supplement. ZWJ (200D) and ZWNJ (200C) are among them: emoji fall apart, words cannot hide.
constexpr std::array<Range, 12> kInvisible{{{0xAD, 0xAD},
                                            {0x34F, 0x34F},
                                            {0x61C, 0x61C},
                                            {0x115F, 0x1160},
                                            {0x180E, 0x180E},
                                            {0x200B, 0x200F},
                                            {0x2028, 0x202E},
                                            {0x2060, 0x206F},
                                            {0x3164, 0x3164},
                                            {0xFEFF, 0xFEFF},
                                            {0xFFF9, 0xFFFB},
                                            {0xE0000, 0xE0FFF}}};

bool is_invisible(char32_t character) {
  if (character < kInvisible.front().first) return false;
  for (const Range& range : kInvisible) {
    if (character >= range.first && character <= range.last) return true;
  }
  return false;
}

void append_number(std::string& text, char32_t character) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string digits;
  for (; character != 0; character >>= 4) digits.insert(digits.begin(), kDigits[character & 0xF]);
  text += "\\u{" + digits + "}";
}

/// U+2400 and following, all of three bytes.
void append_picture(std::string& text, char32_t control) {
  const char32_t picture = control == 0x7F ? 0x2421 : 0x2400 + control;
  text += '\xE2';
  text += static_cast<char>(0x80 | ((picture >> 6) & 0x3F));
  text += static_cast<char>(0x80 | (picture & 0x3F));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) { result_.text.reserve(bytes.size()); }

  OutputText read() {
    while (!rest_.empty()) step();
    return std::move(result_);
  }

 private:
  void step();
  void control(char32_t character, size_t length);
  bool take_sequence(char32_t character, size_t length);

  std::string_view rest_;
  OutputText result_;
};

void Reader::step() {
  const Decoded decoded = decode(rest_);
  if (!decoded.value) {
    ++result_.replaced;
    result_.text += "\xEF\xBF\xBD";
    rest_.remove_prefix(decoded.length);
    return;
  }
  const char32_t character = *decoded.value;
  const bool is_control = character < 0x20 || (character >= 0x7F && character <= 0x9F);
  if (is_control) {
    control(character, decoded.length);
    return;
  }
  if (is_invisible(character)) {
    ++result_.invisible;
    append_number(result_.text, character);
  } else {
    result_.text.append(rest_.substr(0, decoded.length));
  }
  rest_.remove_prefix(decoded.length);
}

bool Reader::take_sequence(char32_t character, size_t length) {
  std::optional<size_t> whole;
  if (character == kEscape) {
    whole = escape_length(rest_);
  } else if (character >= 0x80) {
    // U+0080 and following are ESC @ and following in one character.
    whole = body_length(static_cast<char>(character - 0x40), rest_.substr(length));
    if (whole) *whole += length;
  }
  if (!whole) return false;
  ++result_.sequences;
  rest_.remove_prefix(*whole);
  return true;
}

void Reader::control(char32_t character, size_t length) {
  if (take_sequence(character, length)) return;
  if (character == '\n' || character == '\t') {
    result_.text += static_cast<char>(character);
  } else if (rest_.starts_with("\r\n")) {
    // The newline that follows stands for both.
  } else {
    ++result_.controls;
    if (character < 0x80) {
      append_picture(result_.text, character);
    } else {
      append_number(result_.text, character);
    }
  }
  rest_.remove_prefix(length);
}

}  // namespace

OutputText to_text(std::string_view bytes) {
  return Reader(bytes).read();
}

}  // namespace srasta::sandbox
