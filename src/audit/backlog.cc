#include "audit/backlog.h"

#include <utility>

namespace srasta::audit {

Deadlines::Deadlines() : thread_([this] { run(); }) {}

Deadlines::~Deadlines() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Deadlines::watch(std::shared_ptr<Waiter> waiter) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = waiting_.empty();
    waiting_.push_back(std::move(waiter));
  }
  if (first) changed_.notify_one();
}

void Deadlines::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const std::shared_ptr<Waiter> first = waiting_.front();
    if (!first->completed() && std::chrono::steady_clock::now() < first->deadline()) {
      changed_.wait_until(lock, first->deadline());
      continue;
    }
    waiting_.pop_front();
    lock.unlock();
    first->complete(
        base::make_error(base::Code::Unavailable, "the audit log could not be written in time"));
    lock.lock();
  }
}

bool Backlog::push_wakes(bool waited_for) {
  hurry_ = hurry_ || waited_for;
  const bool wakes =
      committer_ == Committer::Idle ||
      (committer_ == Committer::Gathering && (hurry_ || pending_.records.size() >= kWorthACommit));
  if (wakes) committer_ = Committer::Busy;
  return wakes;
}

Backlog::Push Backlog::push(std::string_view parts, base::MonoTime now,
                            std::shared_ptr<Waiter> waiter) {
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Push::Closed;
    if (!has_room(now)) return Push::Full;
    const bool waited_for = waiter != nullptr;
    pending_.records.push_back({pending_.bytes.size(), parts.size(), now, std::move(waiter)});
    pending_.bytes += parts;
    unfinished_bytes_ += parts.size();
    if (unfinished_++ == 0) oldest_ = now.time_since_epoch().count();
    wakes = push_wakes(waited_for);
  }
  if (wakes) arrived_.notify_one();
  return Push::Accepted;
}

bool Backlog::has_room(base::MonoTime now) const {
  const int64_t oldest = oldest_.load(std::memory_order_relaxed);
  return unfinished_ < limits_.records && unfinished_bytes_ < limits_.bytes &&
         (oldest == kNone || now.time_since_epoch().count() - oldest <= limits_.age.count());
}

void Backlog::note_loss(base::WallTime time, uint64_t count) {
  const std::lock_guard lock(mutex_);
  if (losses_.count == 0) losses_.first = time;
  losses_.last = time;
  losses_.count += count;
}

void Backlog::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  arrived_.notify_all();
}

bool Backlog::wait_until_empty(base::Millis limit) {
  std::unique_lock lock(mutex_);
  hurry_ = true;
  arrived_.notify_one();
  return emptied_.wait_for(lock, limit, [&] { return unfinished_ == 0; });
}

void Backlog::take(AcceptedBatch& batch, base::Millis limit, base::Millis gather) {
  batch.bytes.clear();
  batch.records.clear();
  std::unique_lock lock(mutex_);
  committer_ = Committer::Idle;
  arrived_.wait_for(lock, limit, [&] { return !pending_.records.empty() || closed_; });
  if (!pending_.records.empty()) {
    committer_ = Committer::Gathering;
    arrived_.wait_for(lock, gather, [&] {
      return hurry_ || closed_ || pending_.records.size() >= kWorthACommit;
    });
  }
  committer_ = Committer::Busy;
  hurry_ = false;
  std::swap(batch, pending_);
}

void Backlog::finish(size_t count, size_t bytes, std::optional<base::MonoTime> oldest) {
  const std::lock_guard lock(mutex_);
  unfinished_ -= count;
  unfinished_bytes_ -= bytes;
  if (!oldest && !pending_.records.empty()) oldest = pending_.records.front().at;
  oldest_ = oldest ? oldest->time_since_epoch().count() : kNone;
  if (unfinished_ == 0) emptied_.notify_all();
}

Losses Backlog::take_losses() {
  const std::lock_guard lock(mutex_);
  return std::exchange(losses_, {});
}

void Backlog::return_losses(const Losses& losses) {
  const std::lock_guard lock(mutex_);
  if (losses.count == 0) return;
  if (losses_.count == 0) losses_.last = losses.last;
  losses_.first = losses.first;
  losses_.count += losses.count;
}

bool Backlog::wait_until_closed(base::Millis limit) {
  std::unique_lock lock(mutex_);
  return arrived_.wait_for(lock, limit, [&] { return closed_; });
}

}  // namespace srasta::audit
