#include "json/scanner.h"

#include "base/encoding.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <forward_list>

namespace srasta::json {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Whether any of eight bytes is a quote, a backslash, a control or not ASCII: the places where a
/// string needs a look.
bool needs_look(uint64_t eight) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHigh = 0x8080808080808080;
  const uint64_t quote = eight ^ (kOnes * '"');
  const uint64_t backslash = eight ^ (kOnes * '\\');
  const uint64_t below_space = (eight - kOnes * 0x20) & ~eight;
  const uint64_t is_quote = (quote - kOnes) & ~quote;
  const uint64_t is_backslash = (backslash - kOnes) & ~backslash;
  return ((eight | below_space | is_quote | is_backslash) & kHigh) != 0;
}

std::optional<uint32_t> hex4(const char* at) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(at, at + 4, value, 16);
  if (error != std::errc{} || end != at + 4) return std::nullopt;
  return value;
}

/// The second half of a surrogate pair written at `at`.
std::optional<uint32_t> low_surrogate_at(const char* at, const char* end) {
  if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return std::nullopt;
  const auto unit = hex4(at + 2);
  if (!unit || *unit < 0xDC00 || *unit > 0xDFFF) return std::nullopt;
  return unit;
}

bool is_surrogate(uint32_t point) {
  return point >= 0xD800 && point <= 0xDFFF;
}

void append_utf8(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 63));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 63));
    out += static_cast<char>(0x80 | (point & 63));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 63));
    out += static_cast<char>(0x80 | ((point >> 6) & 63));
    out += static_cast<char>(0x80 | (point & 63));
  }
}

constexpr size_t kUsualMembers = 8;

/// The keys of one object, escapes resolved.
class Keys {
 public:
  Keys() { keys_.reserve(kUsualMembers); }
  void add(std::string_view raw) {
    const bool escaped = raw.find('\\') != std::string_view::npos;
    keys_.push_back(escaped ? resolved_.emplace_front(unescape(raw)) : raw);
  }
  [[nodiscard]] bool repeat() {
    std::ranges::sort(keys_);
    return std::ranges::adjacent_find(keys_) != keys_.end();
  }

 private:
  std::vector<std::string_view> keys_;
  std::forward_list<std::string> resolved_;
};

}  // namespace

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::None:
      return "none";
    case Fault::Syntax:
      return "syntax";
    case Fault::Utf8:
      return "utf8";
    case Fault::Depth:
      return "depth";
    case Fault::DuplicateKey:
      return "duplicate_key";
    case Fault::NotAnObject:
      return "not_an_object";
  }
  return "syntax";
}

class Scanner {
 public:
  Scanner(std::string_view text, ScanLimits limits)
      : at_(text.data()), begin_(text.data()), end_(text.data() + text.size()), limits_(limits) {}

  ScanOutcome run() {
    ScanOutcome outcome;
    skip_space();
    const bool object = at_ < end_ && *at_ == '{';
    if (!object) {
      Kind kind{};
      if (value(kind, 0) && at_end()) fault_ = Fault::NotAnObject;
    } else if (this->object(0, &outcome.object) && !at_end()) {
      fault_ = Fault::Syntax;
    }
    outcome.fault = object && fault_ == Fault::None ? Fault::None : fault_;
    if (!object && fault_ == Fault::None) outcome.fault = Fault::Syntax;
    outcome.offset = static_cast<size_t>(at_ - begin_);
    return outcome;
  }

 private:
  bool fail(Fault fault) {
    fault_ = fault;
    return false;
  }

  bool at_end() {
    skip_space();
    return at_ == end_;
  }

  void skip_space() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return fail(Fault::Syntax);
    ++at_;
    return true;
  }

  bool word(std::string_view text) {
    if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(text)) {
      return fail(Fault::Syntax);
    }
    at_ += text.size();
    return true;
  }

  bool value(Kind& kind, unsigned depth) {
    if (at_ == end_) return fail(Fault::Syntax);
    switch (*at_) {
      case '{':
        kind = Kind::Object;
        return object(depth, nullptr);
      case '[':
        kind = Kind::Array;
        return array(depth);
      case '"':
        kind = Kind::String;
        return string();
      case 't':
        kind = Kind::Boolean;
        return word("true");
      case 'f':
        kind = Kind::Boolean;
        return word("false");
      case 'n':
        kind = Kind::Null;
        return word("null");
      default:
        kind = Kind::Number;
        return number();
    }
  }

  bool object(unsigned depth, ObjectView* view) {
    if (depth >= limits_.depth) return fail(Fault::Depth);
    ++at_;
    skip_space();
    if (at_ < end_ && *at_ == '}') {
      ++at_;
      return true;
    }
    const bool unique = view != nullptr || limits_.unique_everywhere;
    std::optional<Keys> keys;
    if (unique) keys.emplace();
    if (view != nullptr) view->members_.reserve(kUsualMembers);
    while (true) {
      Member member;
      if (!this->member(depth, member)) return false;
      if (keys) keys->add(member.key);
      if (view != nullptr) view->members_.push_back(member);
      skip_space();
      if (at_ < end_ && *at_ == ',') {
        ++at_;
        skip_space();
        continue;
      }
      if (!take('}')) return false;
      return keys && keys->repeat() ? fail(Fault::DuplicateKey) : true;
    }
  }

  bool member(unsigned depth, Member& member) {
    if (at_ == end_ || *at_ != '"') return fail(Fault::Syntax);
    const char* start = at_;
    if (!string()) return false;
    member.key = {start + 1, static_cast<size_t>(at_ - start - 2)};
    skip_space();
    if (!take(':')) return false;
    skip_space();
    start = at_;
    if (!value(member.kind, depth + 1)) return false;
    member.value = {start, static_cast<size_t>(at_ - start)};
    return true;
  }

  bool array(unsigned depth) {
    if (depth >= limits_.depth) return fail(Fault::Depth);
    ++at_;
    skip_space();
    if (at_ < end_ && *at_ == ']') {
      ++at_;
      return true;
    }
    while (true) {
      Kind kind{};
      if (!value(kind, depth + 1)) return false;
      skip_space();
      if (at_ < end_ && *at_ == ',') {
        ++at_;
        skip_space();
        continue;
      }
      return take(']');
    }
  }

  bool string() {
    ++at_;
    while (true) {
      uint64_t eight = 0;
      while (end_ - at_ >= 8 && (std::memcpy(&eight, at_, 8), !needs_look(eight))) at_ += 8;
      if (at_ == end_) return fail(Fault::Syntax);
      const auto byte = static_cast<uint8_t>(*at_);
      if (byte == '"') {
        ++at_;
        return true;
      }
      if (byte < 0x20) return fail(Fault::Syntax);
      if (byte == '\\') {
        if (!escape()) return false;
      } else if (byte < 0x80) {
        ++at_;
      } else if (!multibyte()) {
        return false;
      }
    }
  }

  bool multibyte() {
    const auto lead = static_cast<uint8_t>(*at_);
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (static_cast<size_t>(end_ - at_) < length || !base::is_utf8({at_, length})) {
      return fail(Fault::Utf8);
    }
    at_ += length;
    return true;
  }

  bool escape() {
    if (end_ - at_ < 2) return fail(Fault::Syntax);
    if (at_[1] != 'u') {
      if (std::string_view("\"\\/bfnrt").find(at_[1]) == std::string_view::npos) {
        return fail(Fault::Syntax);
      }
      at_ += 2;
      return true;
    }
    if (end_ - at_ < 6) return fail(Fault::Syntax);
    const auto unit = hex4(at_ + 2);
    if (!unit) return fail(Fault::Syntax);
    const bool high = *unit >= 0xD800 && *unit <= 0xDBFF;
    const bool low = *unit >= 0xDC00 && *unit <= 0xDFFF;
    if (high && low_surrogate_at(at_ + 6, end_)) {
      at_ += 12;
      return true;
    }
    // A surrogate alone names no character; parsers disagree on what to make of it.
    if ((high || low) && !limits_.lone_surrogates) return fail(Fault::Syntax);
    at_ += 6;
    return true;
  }

  bool digits() {
    if (at_ == end_ || !is_digit(*at_)) return fail(Fault::Syntax);
    while (at_ < end_ && is_digit(*at_)) ++at_;
    return true;
  }

  bool number() {
    if (at_ < end_ && *at_ == '-') ++at_;
    if (at_ < end_ && *at_ == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (at_ < end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ < end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return false;
    }
    return true;
  }

  const char* at_;
  const char* const begin_;
  const char* const end_;
  const ScanLimits limits_;
  Fault fault_ = Fault::None;
};

ScanOutcome scan_object(std::string_view text, ScanLimits limits) {
  return Scanner(text, limits).run();
}

namespace {

std::string resolve(std::string_view raw, bool& lone) {
  const size_t first = raw.find('\\');
  if (first == std::string_view::npos) return std::string(raw);
  std::string out(raw.substr(0, first));
  for (size_t at = first; at < raw.size();) {
    if (raw[at] != '\\') {
      out += raw[at++];
      continue;
    }
    const char kind = raw[at + 1];
    if (kind != 'u') {
      constexpr std::string_view kFrom = "bfnrt";
      constexpr std::string_view kTo = "\b\f\n\r\t";
      const size_t index = kFrom.find(kind);
      out += index == std::string_view::npos ? kind : kTo[index];
      at += 2;
      continue;
    }
    uint32_t point = hex4(raw.data() + at + 2).value_or(0xFFFD);
    at += 6;
    if (point >= 0xD800 && point <= 0xDBFF) {
      if (const auto low = low_surrogate_at(raw.data() + at, raw.data() + raw.size())) {
        point = 0x10000 + ((point - 0xD800) << 10) + (*low - 0xDC00);
        at += 6;
      }
    }
    if (is_surrogate(point)) {
      point = 0xFFFD;
      lone = true;
    }
    append_utf8(out, point);
  }
  return out;
}

}  // namespace

std::string unescape(std::string_view raw) {
  bool lone = false;
  return resolve(raw, lone);
}

const Member* ObjectView::find(std::string_view key) const {
  for (const Member& member : members_) {
    if (member.key == key) return &member;
    if (member.key.find('\\') != std::string_view::npos && unescape(member.key) == key) {
      return &member;
    }
  }
  return nullptr;
}

std::optional<std::string> string_value(const Member& member) {
  if (member.kind != Kind::String) return std::nullopt;
  bool lone = false;
  std::string text = resolve(member.value.substr(1, member.value.size() - 2), lone);
  if (lone) return std::nullopt;
  return text;
}

std::optional<int64_t> integer_value(const Member& member) {
  if (member.kind != Kind::Number) return std::nullopt;
  int64_t value = 0;
  const char* const end = member.value.data() + member.value.size();
  const auto [stop, error] = std::from_chars(member.value.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace srasta::json
