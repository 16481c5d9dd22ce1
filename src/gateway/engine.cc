#include "gateway/engine.h"

#include <optional>

namespace srasta::gateway {

using inference::Breaker;
using inference::FairQueue;

/// A request that waits, on its own loop. What became of it is written once, under the engine's
/// lock.
struct Engine::Waiter {
  explicit Waiter(net::Loop& its_loop) : loop(its_loop) {}

  static void tell(const std::shared_ptr<Waiter>& waiter, Waited outcome) {
    waiter->outcome = outcome;
    waiter->loop.post([waiter] { waiter->signal.set(); });
  }

  net::Loop& loop;
  net::Signal signal;
  std::optional<Waited> outcome;
};

void Engine::set(const Rules& rules) {
  const std::scoped_lock lock(mutex_);
  places_.store(rules.places, std::memory_order_relaxed);
  queue_most_ = rules.queue;
  breaker_.set(rules.breaker);
  hand_out();
}

bool Engine::enter_counted() {
  uint32_t count = in_hand_.load();
  while (count < places_.load(std::memory_order_relaxed)) {
    if (in_hand_.compare_exchange_weak(count, count + 1)) return true;
  }
  return false;
}

bool Engine::enter() {
  return waiting_.load() == 0 && enter_counted();
}

// Who queues looks for a place again after he is counted as waiting, and who leaves looks for
// waiters after his place is free: one of them sees the other.
void Engine::leave() {
  in_hand_.fetch_sub(1);
  if (waiting_.load() == 0) return;
  const std::scoped_lock lock(mutex_);
  hand_out();
}

/// Free places go to whose turn it is. Under the lock.
void Engine::hand_out() {
  while (queue_.size() > 0 && enter_counted()) {
    if (const auto ticket = queue_.pop()) Waiter::tell(take_waiter(*ticket), Waited::Entered);
  }
}

std::shared_ptr<Engine::Waiter> Engine::take_waiter(FairQueue::Ticket ticket) {
  const auto found = waiters_.find(ticket);
  std::shared_ptr<Waiter> waiter = std::move(found->second);
  waiters_.erase(found);
  waiting_.fetch_sub(1);
  return waiter;
}

net::Task<Engine::Waited> Engine::wait_for_place(std::string_view tenant, uint64_t cost,
                                                 net::Scope& scope, base::MonoTime deadline) {
  const auto waiter = std::make_shared<Waiter>(scope.loop());
  FairQueue::Ticket ticket = 0;
  {
    const std::scoped_lock lock(mutex_);
    ticket = next_ticket_++;
    const FairQueue::Pushed pushed = queue_.push(tenant, cost, ticket, queue_most_);
    if (pushed.evicted) Waiter::tell(take_waiter(*pushed.evicted), Waited::Full);
    if (!pushed.taken) co_return Waited::Full;
    waiters_.emplace(ticket, waiter);
    waiting_.fetch_add(1);
    hand_out();
  }
  const net::Wake wake = co_await waiter->signal.wait(scope, deadline);
  const std::scoped_lock lock(mutex_);
  const std::optional<Waited> outcome = waiter->outcome;
  if (outcome) co_return *outcome;
  (void)queue_.remove(tenant, ticket);
  (void)take_waiter(ticket);
  co_return wake == net::Wake::Cancelled ? Waited::Cancelled : Waited::Timeout;
}

bool Engine::has_queue() const {
  const std::scoped_lock lock(mutex_);
  return queue_most_ > 0;
}

Breaker::Pass Engine::ask(base::MonoTime now) {
  if (!is_troubled()) return Breaker::Pass::Free;
  const std::scoped_lock lock(mutex_);
  return breaker_.ask(now);
}

bool Engine::report(inference::TryVerdict verdict, bool trial, base::MonoTime now) {
  using inference::TryVerdict;
  const bool bad = verdict == TryVerdict::BadAnswer || verdict == TryVerdict::NoAnswer;
  if (!bad && !is_troubled()) return false;
  const std::scoped_lock lock(mutex_);
  const bool changed = breaker_.report(verdict, trial, now);
  troubled_.store(!breaker_.clean(), std::memory_order_relaxed);
  return changed;
}

Breaker::State Engine::state(base::MonoTime now) const {
  if (!is_troubled()) return Breaker::State::Closed;
  const std::scoped_lock lock(mutex_);
  return breaker_.state(now);
}

bool Engine::answers() const {
  const std::scoped_lock lock(mutex_);
  return breaker_.answers();
}

}  // namespace srasta::gateway
