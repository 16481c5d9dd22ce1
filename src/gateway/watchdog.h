#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "net/loop.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace srasta::gateway {

/// Looks, from a thread of its own, whether each loop comes round, and logs the ones that do not:
/// a loop that is stuck cannot say so itself. Stops when destroyed.
class Watchdog {
 public:
  static constexpr base::Millis kStall{500};

  Watchdog(const std::vector<std::unique_ptr<net::Loop>>& loops, const base::Clock& clock,
           base::Log& log);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

 private:
  void run();
  void look();

  const std::vector<std::unique_ptr<net::Loop>>& loops_;
  const base::Clock& clock_;
  base::Log& log_;
  std::vector<bool> stalled_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace srasta::gateway
