#pragma once

#include "audit/backlog.h"
#include "audit/commit_gate.h"
#include "audit/completeness.h"
#include "audit/ledger.h"
#include "audit/log_files.h"
#include "audit/record.h"
#include "audit/stream_lock.h"
#include "audit/tree_head.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace srasta::audit {

/// Moves records from the backlog to the disk: numbers them, links them, writes and syncs a batch,
/// completes its waiters, then takes the next. Everything but `head` and the flags runs on one
/// thread.
class Committer {
 public:
  /// The most that is written before a sync, and so the most that a crash can leave torn.
  static constexpr size_t kBatchBytes = size_t{512} << 10;

  struct Parts {
    const base::Clock& clock;
    const LedgerSettings& settings;
    Backlog& backlog;
    RecordWriter& writer;
    LogFiles files;
    StreamLock lock;
    TreeHead head;
    Completeness under_way;  ///< before the first record that is written
  };

  Committer(Parts parts, ChainEnd end) : parts_(std::move(parts)), end_(end), durable_(end) {}

  /// Writes records of the log itself; before and after `run` only.
  base::Result<void> write_now(const Event& event) { return write_all_now({&event, 1}); }
  base::Result<void> write_all_now(std::span<const Event> events);
  /// Signs the head of everything that is durable; before and after `run` only.
  base::Result<void> sign_head();
  /// Begins another epoch, however young this one is; before and after `run` only.
  base::Result<void> change_epoch();
  /// Allocates the reserve, and notes what the clocks and the disk show; before `run` only.
  base::Result<void> prepare() {
    watch_space();
    clock_offset_ = clock_offset();
    epoch_seen_ = parts_.clock.mono();
    return parts_.files.restore_reserve();
  }

  /// Commits until the backlog is closed and empty or the files were tampered with.
  void run();

  [[nodiscard]] ChainEnd durable() const;
  [[nodiscard]] bool healthy() const { return healthy_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool poisoned() const { return poisoned_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool space_is_scarce() const { return scarce_.load(std::memory_order_relaxed); }
  [[nodiscard]] uint64_t records() const { return records_.load(std::memory_order_relaxed); }
  [[nodiscard]] uint64_t batches() const { return batches_.load(std::memory_order_relaxed); }
  /// Why the last attempt failed, for the operator.
  [[nodiscard]] std::string last_fault() const;
  /// Of everything that `run` writes.
  [[nodiscard]] CommitGate& gate() { return gate_; }

 private:
  struct Draft {
    std::string lines;
    std::vector<crypto::Digest> leaves;  ///< of the lines
    ChainEnd end;
    std::vector<std::pair<std::shared_ptr<Waiter>, Receipt>> waiters;
    size_t taken = 0;  ///< records of the batch that are in it or were withdrawn
    size_t taken_bytes = 0;
    uint64_t written = 0;
  };

  void commit(const AcceptedBatch& batch);
  [[nodiscard]] bool write_what_is_due(const AcceptedBatch& batch, bool last);
  void draft(const AcceptedBatch& batch, size_t from, const Losses& losses, Draft& draft) const;
  void append_line(std::string_view parts, Draft& draft) const;
  void append_gap(const Losses& losses, Draft& draft) const;
  base::Result<void> write(const Draft& draft);
  void settle(const Draft& draft);
  void follow(std::string_view lines);
  void tell_under_way();
  void refuse_waiters(const AcceptedBatch& batch, size_t from);
  void give_up(const AcceptedBatch& batch, size_t from);
  void note_fault(const base::Error& error);
  void wait_for_reserve();
  void watch_files();
  void watch_space();
  base::Result<void> seal();
  base::Result<void> note_clock();
  [[nodiscard]] base::Micros epoch_age() const;
  [[nodiscard]] base::Micros clock_offset() const;

  Parts parts_;
  CommitGate gate_;
  ChainEnd end_;
  Draft draft_;
  base::MonoTime head_signed_{};
  base::MonoTime space_seen_{};
  base::MonoTime epoch_seen_{};  // since when this process knows the epoch
  bool follows_ = true;          // what is under way
  uint64_t told_ = 0;            // records that the next start was told of
  base::Micros clock_offset_{};  // of the wall clock from the other one
  mutable std::mutex mutex_;
  ChainEnd durable_;
  std::string last_fault_;
  std::atomic<bool> healthy_{true};
  std::atomic<bool> poisoned_{false};
  std::atomic<bool> scarce_{false};
  std::atomic<uint64_t> records_{0};
  std::atomic<uint64_t> batches_{0};
};

}  // namespace srasta::audit
