#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::base {

using Micros = std::chrono::microseconds;
using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

/// Wall-clock UTC. Microseconds are enough for evidence and fit JSON's safe integers.
using WallTime = std::chrono::time_point<std::chrono::system_clock, Micros>;

/// Time that never goes back; its origin is arbitrary. For deadlines and durations.
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, Micros>;

/// Where time comes from. Injected everywhere so that tests can move it.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual MonoTime mono() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] MonoTime mono() const override;
};

/// "2026-11-24T09:05:01.000123Z": UTC, fixed width of 27 characters.
[[nodiscard]] std::string format_utc(WallTime time);

/// What `format_utc` writes of a date that exists; nothing for anything else.
[[nodiscard]] std::optional<WallTime> parse_utc(std::string_view text);

/// Whole seconds since 1970, rounded down.
[[nodiscard]] int64_t unix_seconds(WallTime time);

}  // namespace srasta::base
