#pragma once

#include "audit/ledger.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace srasta::audit {

/// Somebody who waits for one record. Completed exactly once, by whoever comes first.
class Waiter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Waiter(Ledger::Completion done, Time deadline) : done_(std::move(done)), deadline_(deadline) {}

  void complete(base::Result<Receipt> outcome) {
    if (!completed_.exchange(true)) done_(std::move(outcome));
  }
  /// Completed waiters have been refused: their records are withdrawn if they are still queued.
  [[nodiscard]] bool completed() const { return completed_.load(); }
  [[nodiscard]] Time deadline() const { return deadline_; }

 private:
  const Ledger::Completion done_;
  const Time deadline_;
  std::atomic<bool> completed_{false};
};

/// Refuses waiters whose time is up while the committer is stuck in the disk. Has a thread of its
/// own, which sleeps while nobody waits.
class Deadlines {
 public:
  Deadlines();
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;
  ~Deadlines();

  /// Deadlines must not decrease from call to call.
  void watch(std::shared_ptr<Waiter> waiter);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Waiter>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

/// A serialised record on its way to the committer.
struct Accepted {
  size_t offset = 0;  ///< of its parts in `AcceptedBatch::bytes`
  size_t size = 0;
  base::MonoTime at;
  std::shared_ptr<Waiter> waiter;  ///< null for producers that do not wait
};

struct AcceptedBatch {
  std::string bytes;
  std::vector<Accepted> records;

  [[nodiscard]] std::string_view parts_of(const Accepted& record) const {
    return std::string_view(bytes).substr(record.offset, record.size);
  }
};

/// Records that were lost since the last `log.gap`.
struct Losses {
  uint64_t count = 0;
  base::WallTime first;
  base::WallTime last;
};

/// The bounded queue between producers and the committer. Its bounds hold for everything that is
/// accepted and not yet durable, so the committer reports what it finished.
class Backlog {
 public:
  struct Limits {
    size_t records = 4096;
    size_t bytes = size_t{16} << 20;
    base::Micros age{2'000'000};
  };
  enum class Push : uint8_t { Accepted, Full, Closed };

  explicit Backlog(Limits limits) : limits_(limits) {}

  /// Copies `parts`. `now` is compared with the oldest record that is not durable.
  Push push(std::string_view parts, base::MonoTime now, std::shared_ptr<Waiter> waiter);
  [[nodiscard]] bool has_room(base::MonoTime now) const;
  [[nodiscard]] size_t unfinished() const { return unfinished_.load(std::memory_order_relaxed); }
  void note_loss(base::WallTime time, uint64_t count = 1);
  /// From now on pushes answer Closed and waits of the committer end at once.
  void close();
  /// Whether nothing is unfinished, waiting for that at most `limit`.
  bool wait_until_empty(base::Millis limit);

  // ---- for the committer

  /// Waits for records, at most `limit`; then, unless somebody waits for one of them, up to
  /// `gather` longer for more. `batch` is replaced; it stays empty if there were none.
  void take(AcceptedBatch& batch, base::Millis limit, base::Millis gather);
  /// `count` taken records with `bytes` are durable or given up. `oldest` is the time of the first
  /// taken one that is neither.
  void finish(size_t count, size_t bytes, std::optional<base::MonoTime> oldest);
  [[nodiscard]] Losses take_losses();
  void return_losses(const Losses& losses);
  /// Whether the queue is closed, waiting for that at most `limit`.
  bool wait_until_closed(base::Millis limit);

 private:
  enum class Committer : uint8_t { Busy, Idle, Gathering };

  [[nodiscard]] bool push_wakes(bool waited_for);

  static constexpr int64_t kNone = -1;
  // Enough records to be worth a sync of their own: about `Committer::kBatchBytes` of them.
  static constexpr size_t kWorthACommit = 768;

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable emptied_;
  AcceptedBatch pending_;
  Losses losses_;
  Committer committer_ = Committer::Busy;
  bool closed_ = false;
  bool hurry_ = false;  ///< somebody waits for a pending record
  std::atomic<size_t> unfinished_bytes_{0};
  std::atomic<size_t> unfinished_{0};
  std::atomic<int64_t> oldest_{kNone};
};

}  // namespace srasta::audit
