#pragma once

#include "base/clock.h"

#include <array>
#include <cstdint>
#include <vector>

namespace srasta::net {

class TimerWheel;

/// Something that happens later on one loop. Unlinks itself on destruction.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() { disarm(); }

  void disarm();
  [[nodiscard]] bool armed() const { return wheel_ != nullptr; }

 protected:
  /// Called once, on the loop, after the timer was disarmed.
  virtual void on_timeout() = 0;

 private:
  friend class TimerWheel;
  TimerWheel* wheel_ = nullptr;
  Timer* previous_ = nullptr;
  Timer* next_ = nullptr;
  base::MonoTime due_;
};

/// A hashed timer wheel: arming and disarming cost a list operation whatever the number of timers,
/// because nearly all of ours are disarmed before they are due. Precision: one tick of 8 ms, late.
class TimerWheel {
 public:
  static constexpr base::Millis kTick{8};

  TimerWheel() = default;
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  void arm(Timer& timer, base::MonoTime due);
  /// Fires what is due at `now`.
  void advance(base::MonoTime now);
  /// Time until something might be due; Millis::max() when nothing is armed.
  [[nodiscard]] base::Millis until_next(base::MonoTime now) const;

 private:
  friend class Timer;
  static constexpr size_t kSlots = 1024;

  static int64_t tick_of(base::MonoTime time);
  [[nodiscard]] Timer* find_due(size_t slot, base::MonoTime now) const;
  void link(Timer& timer, size_t slot);
  void unlink(Timer& timer);

  std::array<Timer*, kSlots> slots_{};
  int64_t next_tick_ = 0;
  size_t armed_ = 0;
};

}  // namespace srasta::net
