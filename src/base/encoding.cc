#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace srasta::base {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kMimeAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The place of each character in `alphabet`; -1 for those that are not in it.
constexpr std::array<int8_t, 256> values_of(std::string_view alphabet) {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<uint8_t>(alphabet[i])] = static_cast<int8_t>(i);
  }
  return values;
}
constexpr auto kHexValues = values_of(kHex);
constexpr auto kUrlValues = values_of(kUrlAlphabet);

std::string encode64(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  uint32_t held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = (held << 8) | static_cast<uint8_t>(c);
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += alphabet[(held >> bits) & 63];
    }
  }
  if (bits > 0) out += alphabet[(held << (6 - bits)) & 63];
  return out;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// Each byte of eight: 1 for an ASCII letter, else 0.
uint64_t letters_of(uint64_t eight) {
  constexpr uint64_t kEach = 0x0101010101010101;
  const uint64_t small = eight | kEach * 0x20;
  const uint64_t seven_bits = small & kEach * 0x7F;
  const uint64_t from_a = seven_bits + kEach * (0x80 - 'a');
  const uint64_t behind_z = seven_bits + kEach * (0x80 - 'z' - 1);
  return ((from_a & ~behind_z & ~small) >> 7) & kEach;
}

bool eight_equal_ignoring_case(const char* a, const char* b) {
  uint64_t left = 0;
  uint64_t right = 0;
  std::memcpy(&left, a, sizeof left);
  std::memcpy(&right, b, sizeof right);
  const uint64_t differing = left ^ right;
  return ((letters_of(left) << 5) & differing) == differing;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  std::string out(bytes.size() * 2, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    out[2 * i] = kHex[byte >> 4];
    out[2 * i + 1] = kHex[byte & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out(text.size() / 2, '\0');
  // Every record of a log is read through this, so there is one branch, behind the loop.
  int seen = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    const int high = kHexValues[static_cast<uint8_t>(text[2 * i])];
    const int low = kHexValues[static_cast<uint8_t>(text[2 * i + 1])];
    seen |= high | low;
    out[i] = static_cast<char>((high << 4 | low) & 0xff);
  }
  return seen < 0 ? std::nullopt : std::optional(std::move(out));
}

std::string to_base64url(std::string_view bytes) {
  return encode64(bytes, kUrlAlphabet);
}

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = kUrlValues[static_cast<uint8_t>(c)];
    if (value < 0) return std::nullopt;
    held = (held << 6) | static_cast<uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>((held >> bits) & 255);
    }
  }
  if ((held & ((1U << bits) - 1)) != 0) return std::nullopt;
  return out;
}

std::string to_base64(std::string_view bytes) {
  std::string out = encode64(bytes, kMimeAlphabet);
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::optional<uint64_t> parse_u64(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_utf8(std::string_view text) {
  const auto* p = text.begin();
  const auto* const end = text.end();
  const auto continues = [&](const char* at, uint8_t low, uint8_t high) {
    return at < end && static_cast<uint8_t>(*at) >= low && static_cast<uint8_t>(*at) <= high;
  };
  while (p < end) {
    const auto lead = static_cast<uint8_t>(*p);
    if (lead < 0x80) {
      ++p;
    } else if (lead >= 0xC2 && lead <= 0xDF) {
      if (!continues(p + 1, 0x80, 0xBF)) return false;
      p += 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      const uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;
      const uint8_t high = lead == 0xED ? 0x9F : 0xBF;
      if (!continues(p + 1, low, high) || !continues(p + 2, 0x80, 0xBF)) return false;
      p += 3;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      const uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
      const uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;
      if (!continues(p + 1, low, high) || !continues(p + 2, 0x80, 0xBF) ||
          !continues(p + 3, 0x80, 0xBF)) {
        return false;
      }
      p += 4;
    } else {
      return false;
    }
  }
  return true;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<uint8_t>(difference |
                                      (static_cast<uint8_t>(a[i]) ^ static_cast<uint8_t>(b[i])));
  }
  return difference == 0;
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool equal_lengths_ignoring_case(const char* a, const char* b, size_t size) {
  if (size < sizeof(uint64_t)) {
    for (size_t i = 0; i < size; ++i) {
      if (a[i] != b[i] && lower(a[i]) != lower(b[i])) return false;
    }
    return true;
  }
  const size_t last = size - sizeof(uint64_t);
  for (size_t i = 0; i < last; i += sizeof(uint64_t)) {
    if (!eight_equal_ignoring_case(a + i, b + i)) return false;
  }
  return eight_equal_ignoring_case(a + last, b + last);
}

}  // namespace srasta::base
