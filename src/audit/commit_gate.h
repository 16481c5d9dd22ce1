#pragma once

#include "base/clock.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace srasta::audit {

/// Where a committer passes each time that it writes, so that somebody else can hold it up for a
/// moment: while it is held and quiet, the files of the stream do not change. Any thread.
class CommitGate {
 public:
  /// Of the committer. Waits while the gate is held.
  void enter();
  void leave();

  /// Holds the gate for at most `limit`; a hold that is on goes on until then.
  void hold(base::Millis limit);
  /// Whether it is held, and nobody is inside.
  [[nodiscard]] bool quiet();
  /// Ends the hold; whether it was still on.
  [[nodiscard]] bool release();

 private:
  [[nodiscard]] bool held() const { return std::chrono::steady_clock::now() < until_; }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::chrono::steady_clock::time_point until_{};
  bool inside_ = false;
};

}  // namespace srasta::audit
