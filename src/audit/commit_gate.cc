#include "audit/commit_gate.h"

namespace srasta::audit {

void CommitGate::enter() {
  std::unique_lock lock(mutex_);
  while (held()) changed_.wait_until(lock, until_);
  inside_ = true;
}

void CommitGate::leave() {
  const std::scoped_lock lock(mutex_);
  inside_ = false;
}

void CommitGate::hold(base::Millis limit) {
  const std::scoped_lock lock(mutex_);
  until_ = std::chrono::steady_clock::now() + limit;
}

bool CommitGate::quiet() {
  const std::scoped_lock lock(mutex_);
  return held() && !inside_;
}

bool CommitGate::release() {
  const std::scoped_lock lock(mutex_);
  const bool was_on = held();
  until_ = {};
  changed_.notify_all();
  return was_on;
}

}  // namespace srasta::audit
