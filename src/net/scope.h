#pragma once

#include "base/clock.h"
#include "net/loop.h"
#include "net/timer.h"

#include <coroutine>
#include <cstdint>

namespace srasta::net {

/// How a wait ended.
enum class Wake : uint8_t { Ready, Timeout, Cancelled };

class Scope;

/// A coroutine that waits. Exactly one of: what it waits for, its deadline, or its scope ends the
/// wait.
class Wait : private Timer {
 public:
  Wait(Scope& scope, base::MonoTime deadline) : scope_(scope), deadline_(deadline) {}

  [[nodiscard]] Wake await_resume() const { return wake_; }

 protected:
  /// Whether the wait is over before it began (cancelled or past its deadline).
  bool ended_early();
  void park(std::coroutine_handle<> handle);
  /// Ends the wait; the coroutine goes on after the events at hand.
  void finish(Wake wake);
  /// Undo what `park` of the derived class registered.
  virtual void unregister() {}

 private:
  friend class Scope;
  void on_timeout() override { finish(Wake::Timeout); }

  Scope& scope_;
  const base::MonoTime deadline_;
  std::coroutine_handle<> handle_;
  Wake wake_ = Wake::Ready;
};

/// What one request (or one background task) may still do: it can be cancelled from outside,
/// and it has a last moment. One coroutine waits in a scope at a time.
class Scope {
 public:
  explicit Scope(Loop& loop, base::MonoTime deadline = base::MonoTime::max())
      : loop_(loop), deadline_(deadline) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  void cancel() {
    cancelled_ = true;
    if (waiting_ != nullptr) waiting_->finish(Wake::Cancelled);
  }
  /// Takes a cancellation back, for the last words of what was cancelled; until `deadline`.
  void revive(base::MonoTime deadline) {
    cancelled_ = false;
    deadline_ = deadline;
  }
  [[nodiscard]] bool cancelled() const { return cancelled_; }
  [[nodiscard]] Loop& loop() const { return loop_; }
  [[nodiscard]] base::MonoTime deadline() const { return deadline_; }
  void set_deadline(base::MonoTime deadline) { deadline_ = deadline; }
  [[nodiscard]] base::MonoTime within(base::Micros duration) const {
    return loop_.now() + duration;
  }

 private:
  friend class Wait;
  Loop& loop_;
  base::MonoTime deadline_;
  bool cancelled_ = false;
  Wait* waiting_ = nullptr;
};

/// `co_await Sleep(scope, duration)`: Wake::Timeout is the ordinary end.
class Sleep final : public Wait {
 public:
  Sleep(Scope& scope, base::Micros duration) : Wait(scope, scope.within(duration)) {}
  bool await_ready() { return ended_early(); }
  void await_suspend(std::coroutine_handle<> handle) { park(handle); }
};

/// `co_await Yield(loop)`: lets everything else on the loop have its turn. For work that may never
/// meet a reason to wait, such as reading from a peer that is always ready.
class Yield {
 public:
  explicit Yield(Loop& loop) : loop_(loop) {}
  [[nodiscard]] bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) { loop_.resume_next_round(handle); }
  void await_resume() const {}

 private:
  Loop& loop_;
};

/// `co_await SendTurn(loop)` before a send: what a round has to send leaves together, after its
/// decisions. A peer on another core then wakes once for several messages, not for each; with
/// short work between the sends, its wake-ups are what costs most.
class SendTurn {
 public:
  explicit SendTurn(Loop& loop) : loop_(loop) {}
  [[nodiscard]] bool await_ready() const { return !loop_.has_more_events(); }
  void await_suspend(std::coroutine_handle<> handle) { loop_.resume_after_events(handle); }
  void await_resume() const {}

 private:
  Loop& loop_;
};

/// Counts steps that did not wait; after some, it is time to yield.
class Turn {
 public:
  [[nodiscard]] bool over() { return ++steps_ % kSteps == 0; }

 private:
  static constexpr unsigned kSteps = 16;
  unsigned steps_ = 0;
};

/// Set once, possibly before anybody waits. For one waiter on the same loop.
class Signal {
 public:
  class Awaiter final : public Wait {
   public:
    Awaiter(Signal& signal, Scope& scope, base::MonoTime deadline)
        : Wait(scope, deadline), signal_(signal) {}
    bool await_ready() { return signal_.set_ || ended_early(); }
    void await_suspend(std::coroutine_handle<> handle) {
      signal_.waiter_ = this;
      park(handle);
    }

   private:
    friend class Signal;
    void unregister() override { signal_.waiter_ = nullptr; }
    Signal& signal_;
  };

  void set() {
    set_ = true;
    if (waiter_ != nullptr) waiter_->finish(Wake::Ready);
  }
  [[nodiscard]] bool is_set() const { return set_; }
  [[nodiscard]] Awaiter wait(Scope& scope, base::MonoTime deadline) {
    return Awaiter(*this, scope, deadline);
  }

 private:
  bool set_ = false;
  Awaiter* waiter_ = nullptr;
};

}  // namespace srasta::net
