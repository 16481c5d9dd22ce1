#include "base/clock.h"

#include <array>
#include <ctime>

namespace srasta::base {

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
}

MonoTime SystemClock::mono() const {
  return std::chrono::time_point_cast<Micros>(std::chrono::steady_clock::now());
}

int64_t unix_seconds(WallTime time) {
  return std::chrono::floor<Seconds>(time.time_since_epoch()).count();
}

namespace {

void put_digits(char* end, int64_t value, int width) {
  for (int i = 0; i < width; ++i) {
    *--end = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

}  // namespace

std::string format_utc(WallTime time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  std::string text = "0000-00-00T00:00:00.000000Z";
  char* out = text.data();
  put_digits(out + 4, int{date.year()}, 4);
  put_digits(out + 7, unsigned{date.month()}, 2);
  put_digits(out + 10, unsigned{date.day()}, 2);
  put_digits(out + 13, clock.hours().count(), 2);
  put_digits(out + 16, clock.minutes().count(), 2);
  put_digits(out + 19, clock.seconds().count(), 2);
  put_digits(out + 26, clock.subseconds().count(), 6);
  return text;
}

std::optional<WallTime> parse_utc(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00.000000Z";
  if (text.size() != kForm.size()) return std::nullopt;
  std::array<int64_t, 7> numbers{};  // year, month, day, hour, minute, second, microsecond
  size_t field = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] != '0') {
      if (text[i] != kForm[i]) return std::nullopt;
      ++field;
    } else if (text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    } else {
      numbers[field] = numbers[field] * 10 + (text[i] - '0');
    }
  }
  const auto [year, month, day, hour, minute, second, micro] = numbers;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + Seconds(second) + Micros(micro);
}

}  // namespace srasta::base
