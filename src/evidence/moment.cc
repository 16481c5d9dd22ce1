#include "evidence/moment.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace srasta::evidence {
namespace {

constexpr std::string_view kForm = "0000-00-00T00:00:00.000000Z";
constexpr std::string_view kEarliest = "0000-01-01T00:00:00.000000Z";
/// Lengths at which a moment may end; within the fraction at any.
constexpr std::array<size_t, 4> kEnds = {10, 13, 16, 19};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool has_form(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] == '0' ? !is_digit(text[i]) : text[i] != kForm[i]) return false;
  }
  return true;
}

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

std::optional<std::string> parse_moment(std::string_view text) {
  if (text.size() > 10 && text.ends_with('Z')) text.remove_suffix(1);
  const size_t size = text.size();
  const bool may_end = std::ranges::find(kEnds, size) != kEnds.end() || (size > 20 && size < 27);
  if (!may_end || !has_form(text)) return std::nullopt;
  std::string whole(text);
  whole += kEarliest.substr(size);
  if (!micros_of(whole)) return std::nullopt;
  return whole;
}

std::optional<int64_t> micros_of(std::string_view time) {
  using std::chrono::microseconds;
  if (time.size() != kForm.size() || !has_form(time)) return std::nullopt;
  const std::chrono::year_month_day day{
      std::chrono::year(number(time.substr(0, 4))),
      std::chrono::month(static_cast<unsigned>(number(time.substr(5, 2)))),
      std::chrono::day(static_cast<unsigned>(number(time.substr(8, 2))))};
  const int hour = number(time.substr(11, 2));
  const int minute = number(time.substr(14, 2));
  const int second = number(time.substr(17, 2));
  if (!day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const microseconds since_1970 = std::chrono::sys_days(day).time_since_epoch() +
                                  std::chrono::hours(hour) + std::chrono::minutes(minute) +
                                  std::chrono::seconds(second) +
                                  microseconds(number(time.substr(20, 6)));
  return since_1970.count();
}

}  // namespace srasta::evidence
