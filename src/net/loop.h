#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "net/timer.h"

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

namespace srasta::net {

/// A descriptor that a loop reports on. Edge-triggered: each event is reported once.
class Watched {
 public:
  virtual ~Watched() = default;
  /// `events` as epoll(7) gives them. May not destroy the object itself.
  virtual void on_ready(uint32_t events) = 0;
};

/// One thread's event loop (epoll, docs/adr/0002). It owns nothing that it watches. Everything
/// except `post` and `stop` is for its own thread.
class Loop {
 public:
  explicit Loop(const base::Clock& clock);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  /// Runs on the calling thread until `stop`.
  void run();
  void stop();
  /// Runs `work` on the loop's thread, soon. Any thread.
  void post(std::function<void()> work);

  base::Result<void> watch(int descriptor, Watched& watched);
  /// No event of `watched` is reported any more, not even one that was already collected.
  void forget(int descriptor, Watched& watched);

  /// Resumes `handle` after the events at hand, not from within the caller.
  void resume_soon(std::coroutine_handle<> handle) { ready_.push_back(handle); }

  /// Resumes `handle` after everything else has had its turn: in the next round.
  void resume_next_round(std::coroutine_handle<> handle) { next_round_.push_back(handle); }

  /// Whether events of this round are still to be reported.
  [[nodiscard]] bool has_more_events() const { return more_events_; }
  /// Resumes `handle` in this round, once its events are all reported.
  void resume_after_events(std::coroutine_handle<> handle) { after_events_.push_back(handle); }

  /// Monotonic time, read once per round.
  [[nodiscard]] base::MonoTime now() const { return now_; }
  [[nodiscard]] const base::Clock& clock() const { return clock_; }
  [[nodiscard]] TimerWheel& timers() { return timers_; }

  /// How long the round that runs at `now` has taken so far; zero while the loop waits. Any thread.
  [[nodiscard]] base::Micros busy_for(base::MonoTime now) const;
  /// The longest round since the last call. Any thread.
  [[nodiscard]] base::Micros take_longest_round();

  /// 64 KiB for one read on this loop; its content does not survive a wait.
  [[nodiscard]] std::span<char> scratch() { return scratch_; }

 private:
  void end_round();
  void wait_for_events();
  void run_posted();
  void resume_ready();

  const base::Clock& clock_;
  int epoll_ = -1;
  int wake_ = -1;
  bool stopping_ = false;
  bool more_events_ = false;
  base::MonoTime now_;
  std::atomic<int64_t> round_began_{0};  // in ticks of MonoTime; 0 while it waits
  std::atomic<int64_t> longest_round_{0};
  TimerWheel timers_;
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> resuming_;
  std::vector<std::coroutine_handle<>> next_round_;
  std::vector<std::coroutine_handle<>> after_events_;
  std::vector<Watched*> collected_;
  std::vector<char> scratch_;
  std::mutex posted_mutex_;
  std::vector<std::function<void()>> posted_;
};

}  // namespace srasta::net
