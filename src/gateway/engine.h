#pragma once

#include "inference/breaker.h"
#include "inference/fair_queue.h"
#include "net/scope.h"
#include "net/task.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace srasta::gateway {

/// One inference server as all cores share it: how many requests it has in hand, who waits for a
/// place, and whether it is ejected. Any thread. While there is room and nothing failed, a request
/// costs one write to a shared word on its way in and one on its way out.
class Engine {
 public:
  struct Rules {
    uint32_t places = 256;  ///< requests in hand at most
    uint32_t queue = 256;   ///< requests that may wait for a place
    inference::Breaker::Rules breaker = {};
  };

  /// Takes effect with what comes next.
  void set(const Rules& rules);

  /// A place without waiting; false when there is none or others wait already.
  [[nodiscard]] bool enter();
  void leave();
  enum class Waited : uint8_t { Entered, Full, Timeout, Cancelled };
  /// Waits its turn behind others, fairly between tenants (`inference::FairQueue`). After Entered
  /// the caller has a place. `loop` is that of `scope`.
  net::Task<Waited> wait_for_place(std::string_view tenant, uint64_t cost, net::Scope& scope,
                                   base::MonoTime deadline);

  [[nodiscard]] bool has_queue() const;
  [[nodiscard]] uint32_t in_hand() const { return in_hand_.load(std::memory_order_relaxed); }
  [[nodiscard]] uint32_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

  /// Whether the engine may be asked; a trial must be reported.
  [[nodiscard]] inference::Breaker::Pass ask(base::MonoTime now);
  /// True when the engine was ejected by it, or is used again.
  bool report(inference::TryVerdict verdict, bool trial, base::MonoTime now);
  [[nodiscard]] inference::Breaker::State state(base::MonoTime now) const;
  /// Ejected, but by answers.
  [[nodiscard]] bool answers() const;
  /// False at once while nothing failed.
  [[nodiscard]] bool is_troubled() const { return troubled_.load(std::memory_order_relaxed); }

 private:
  struct Waiter;
  void hand_out();
  bool enter_counted();
  std::shared_ptr<Waiter> take_waiter(inference::FairQueue::Ticket ticket);

  std::atomic<uint32_t> places_{256};
  std::atomic<uint32_t> in_hand_{0};
  std::atomic<uint32_t> waiting_{0};
  std::atomic<bool> troubled_{false};  // the breaker has something to say

  mutable std::mutex mutex_;  // of all below
  uint32_t queue_most_ = 256;
  inference::FairQueue queue_;
  std::map<inference::FairQueue::Ticket, std::shared_ptr<Waiter>> waiters_;
  inference::FairQueue::Ticket next_ticket_ = 0;
  inference::Breaker breaker_;
};

/// A place at an engine, and with it the right to ask it once.
class EnginePlace {
 public:
  EnginePlace() = default;
  /// Of a place that was taken.
  explicit EnginePlace(Engine& engine) : engine_(&engine) {}
  EnginePlace(EnginePlace&& other) noexcept : engine_(std::exchange(other.engine_, nullptr)) {}
  EnginePlace& operator=(EnginePlace&& other) noexcept {
    std::swap(engine_, other.engine_);
    return *this;
  }
  ~EnginePlace() {
    if (engine_ != nullptr) engine_->leave();
  }

 private:
  Engine* engine_ = nullptr;
};

/// The one request that may try an ejected engine. Dropped without `use`, the next one may.
class Trial {
 public:
  Trial() = default;
  /// Of an engine that said Pass::Trial.
  explicit Trial(Engine& engine) : engine_(&engine) {}
  Trial(Trial&& other) noexcept : engine_(std::exchange(other.engine_, nullptr)) {}
  Trial& operator=(Trial&& other) noexcept {
    std::swap(engine_, other.engine_);
    return *this;
  }
  ~Trial() {
    if (engine_ != nullptr) engine_->report(inference::TryVerdict::Unknown, true, {});
  }
  [[nodiscard]] bool is_one() const { return engine_ != nullptr; }
  /// Whether it is one; whoever asks reports what becomes of it.
  [[nodiscard]] bool use() { return std::exchange(engine_, nullptr) != nullptr; }

 private:
  Engine* engine_ = nullptr;
};

}  // namespace srasta::gateway
