#include "config/values.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <span>

namespace srasta::config {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// Longest names first: "ms" also ends with "s", "MiB" with "B".
constexpr std::array<Unit, 5> kDurations = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 4> kSizes = {
    {{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}}};
constexpr uint64_t kLargest = 1ULL << 53;

std::optional<uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (!text.ends_with(unit.name)) continue;
    const auto number = base::parse_u64(text.substr(0, text.size() - unit.name.size()));
    if (!number || *number > kLargest / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view others, bool upper) {
  return std::ranges::all_of(text, [&](char c) {
    return is_lower_or_digit(c) || (upper && c >= 'A' && c <= 'Z') ||
           others.find(c) != std::string_view::npos;
  });
}

bool is_word_of_yaml(std::string_view text) {
  static constexpr std::array<std::string_view, 14> kWords = {
      "y",     "n",    "yes", "no",   "on",    "off",   "true",
      "false", "null", "~",   ".inf", "+.inf", "-.inf", ".nan"};
  return std::ranges::any_of(
      kWords, [&](std::string_view word) { return base::equal_ignoring_case(text, word); });
}

}  // namespace

std::optional<int64_t> parse_share(std::string_view text) {
  constexpr size_t kDigits = 6;
  constexpr int64_t kWhole = 1'000'000;
  const std::string_view whole = text.substr(0, text.find('.'));
  const std::string_view rest =
      whole.size() == text.size() ? std::string_view("0") : text.substr(whole.size() + 1);
  if ((whole != "0" && whole != "1") || rest.empty() || rest.size() > kDigits) return std::nullopt;
  // A digit before them, because numbers do not begin with zero.
  std::string digits = "1" + std::string(rest);
  digits.resize(1 + kDigits, '0');
  const auto number = base::parse_u64(digits);
  if (!number) return std::nullopt;
  const auto millionths = static_cast<int64_t>(*number) - kWhole;
  if (whole == "0") return millionths;
  return millionths == 0 ? std::optional<int64_t>(kWhole) : std::nullopt;
}

std::optional<Millis> parse_duration(std::string_view text) {
  const auto count = parse_with_unit(text, kDurations);
  if (!count) return std::nullopt;
  return Millis(static_cast<Millis::rep>(*count));
}

std::string format_duration(Millis duration) {
  if (duration.count() % 1000 != 0) return std::to_string(duration.count()) + "ms";
  return std::to_string(duration.count() / 1000) + "s";
}

std::optional<Bytes> parse_size(std::string_view text) {
  const auto count = parse_with_unit(text, kSizes);
  if (!count) return std::nullopt;
  return Bytes{*count};
}

std::string format_size(Bytes size) {
  const auto fits = [&](const Unit& unit) { return size.count % unit.factor == 0; };
  const Unit& unit = *std::ranges::find_if(kSizes, fits);
  return std::to_string(size.count / unit.factor) + std::string(unit.name);
}

std::optional<int64_t> parse_time(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00Z";
  if (text.size() != kShape.size()) return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == '0' ? !digit : text[i] != kShape[i]) return std::nullopt;
  }
  const auto number = [&](size_t at, size_t length) {
    int value = 0;
    for (const char digit : text.substr(at, length)) value = value * 10 + (digit - '0');
    return value;
  };
  const std::chrono::year_month_day date{std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::chrono::sys_seconds moment = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                                          std::chrono::minutes(minute) +
                                          std::chrono::seconds(second);
  return moment.time_since_epoch().count();
}

bool needs_quotes(std::string_view text) {
  if (text.empty() || is_word_of_yaml(text)) return true;
  std::string_view digits = text;
  if (digits.front() == '+' || digits.front() == '-') digits.remove_prefix(1);
  if (digits.starts_with("0x") || digits.starts_with("0o") || digits.starts_with("0b")) {
    return digits.substr(2).find_first_not_of("0123456789abcdefABCDEF_") == std::string_view::npos;
  }
  // Integers, floats, exponents, 1_000, 12:30 and 2026-01-31: digits and nothing but their marks.
  return !digits.empty() && digits.find_first_of("0123456789") != std::string_view::npos &&
         (digits.front() == '.' || (digits.front() >= '0' && digits.front() <= '9')) &&
         std::ranges::count(digits, '.') <= 1 &&
         digits.find_first_not_of("0123456789.eE_+-:") == std::string_view::npos;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && is_lower_or_digit(text.front()) &&
         consists_of(text, "._-", false);
}

bool is_tenant_name(std::string_view text) {
  return !text.empty() && text.size() <= 41 && is_lower_or_digit(text.front()) &&
         consists_of(text, "-", false);
}

bool is_alias_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && consists_of(text.substr(0, 1), "", true) &&
         consists_of(text, "._:/-", true);
}

bool is_json_pointer(std::string_view text) {
  if (!text.starts_with('/') || !is_text(text)) return false;
  for (size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1)) {
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
  }
  return true;
}

bool is_text(std::string_view text) {
  const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
  return !text.empty() && text.size() <= 256 && base::is_utf8(text) &&
         std::ranges::none_of(text, is_control);
}

}  // namespace srasta::config
