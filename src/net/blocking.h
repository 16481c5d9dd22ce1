#pragma once

#include "base/result.h"
#include "net/scope.h"
#include "net/task.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace srasta::net {

/// A few threads for calls that block (name resolution, later SQL and key derivation).
class BlockingPool {
 public:
  explicit BlockingPool(unsigned threads);
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  ~BlockingPool();

  /// Dropped after `stop`.
  void submit(std::function<void()> work);
  /// Waits for the calls that run; those that wait are dropped. Before what they use goes; the
  /// destructor does it too.
  void stop();

 private:
  void work_until_stopped();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// A value that another thread delivers to one waiter. The waiter may give up: a late value is
/// dropped.
template <typename T>
class Delivery {
 public:
  struct State {
    explicit State(Loop& on) : loop(on) {}
    Loop& loop;
    Signal signal;
    std::optional<T> value;
  };
  explicit Delivery(Loop& loop) : state_(std::make_shared<State>(loop)) {}

  /// Any thread, once. The loop must still run.
  [[nodiscard]] std::function<void(T)> sender() const {
    return [state = state_](T value) {
      auto shared = std::make_shared<T>(std::move(value));
      state->loop.post([state, shared] {
        state->value.emplace(std::move(*shared));
        state->signal.set();
      });
    };
  }

  /// Nothing when the deadline or the scope ended the wait first.
  Task<std::optional<T>> receive(Scope& scope, base::MonoTime deadline) {
    const std::shared_ptr<State> state = state_;
    const Wake wake = co_await state->signal.wait(scope, deadline);
    if (wake != Wake::Ready) co_return std::nullopt;
    co_return std::move(state->value);
  }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace srasta::net
