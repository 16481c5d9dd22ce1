#include "gateway/watchdog.h"

namespace srasta::gateway {

Watchdog::Watchdog(const std::vector<std::unique_ptr<net::Loop>>& loops, const base::Clock& clock,
                   base::Log& log)
    : loops_(loops), clock_(clock), log_(log), stalled_(loops.size()), thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_one();
  thread_.join();
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, kStall, [this] { return stopping_; })) look();
}

void Watchdog::look() {
  for (size_t i = 0; i < loops_.size(); ++i) {
    const base::Micros busy = loops_[i]->busy_for(clock_.mono());
    const bool stalled = busy >= base::Micros(kStall);
    if (stalled && !stalled_[i]) {
      log_.warn("loop stalled", {{"loop", static_cast<int64_t>(i)}, {"us", int64_t{busy.count()}}});
    }
    stalled_[i] = stalled;
  }
}

}  // namespace srasta::gateway
