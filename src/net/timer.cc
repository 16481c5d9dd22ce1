#include "net/timer.h"

#include <algorithm>

namespace srasta::net {

void Timer::disarm() {
  if (wheel_ != nullptr) wheel_->unlink(*this);
}

int64_t TimerWheel::tick_of(base::MonoTime time) {
  return time.time_since_epoch() / std::chrono::duration_cast<base::Micros>(kTick);
}

void TimerWheel::link(Timer& timer, size_t slot) {
  timer.wheel_ = this;
  timer.previous_ = nullptr;
  timer.next_ = slots_[slot];
  if (timer.next_ != nullptr) timer.next_->previous_ = &timer;
  slots_[slot] = &timer;
  ++armed_;
}

void TimerWheel::unlink(Timer& timer) {
  if (timer.next_ != nullptr) timer.next_->previous_ = timer.previous_;
  if (timer.previous_ != nullptr) {
    timer.previous_->next_ = timer.next_;
  } else {
    slots_[static_cast<size_t>(tick_of(timer.due_)) % kSlots] = timer.next_;
  }
  timer.wheel_ = nullptr;
  --armed_;
}

void TimerWheel::arm(Timer& timer, base::MonoTime due) {
  timer.disarm();
  // Rounded up to a tick, so that a timer is never early and is due when its slot is looked at;
  // what is past goes into the next slot.
  const int64_t tick = std::max(tick_of(due - base::Micros(1)) + 1, next_tick_);
  timer.due_ = base::MonoTime(tick * base::Micros(kTick));
  link(timer, static_cast<size_t>(tick_of(timer.due_)) % kSlots);
}

void TimerWheel::advance(base::MonoTime now) {
  const int64_t tick = tick_of(now);
  if (tick - next_tick_ >= static_cast<int64_t>(kSlots)) {
    next_tick_ = tick - static_cast<int64_t>(kSlots) + 1;
  }
  while (next_tick_ <= tick) {
    const size_t slot = static_cast<size_t>(next_tick_) % kSlots;
    // First, so that what is armed anew for a moment that has passed comes later.
    ++next_tick_;
    // Looked up each time: a timer that fires may end others.
    while (Timer* const timer = find_due(slot, now)) {
      timer->disarm();
      timer->on_timeout();
    }
  }
}

Timer* TimerWheel::find_due(size_t slot, base::MonoTime now) const {
  Timer* timer = slots_[slot];
  while (timer != nullptr && timer->due_ > now) timer = timer->next_;
  return timer;
}

base::Millis TimerWheel::until_next(base::MonoTime now) const {
  if (armed_ == 0) return base::Millis::max();
  for (int64_t tick = next_tick_; tick < next_tick_ + static_cast<int64_t>(kSlots); ++tick) {
    if (slots_[static_cast<size_t>(tick) % kSlots] == nullptr) continue;
    const base::MonoTime at(tick * base::Micros(kTick));
    return at <= now ? kTick : std::chrono::ceil<base::Millis>(at - now) + base::Millis(1);
  }
  return base::Millis(kTick.count() * static_cast<int64_t>(kSlots));
}

}  // namespace srasta::net
