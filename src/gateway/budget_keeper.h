#pragma once

#include "access/budget.h"
#include "base/clock.h"
#include "base/log.h"
#include "gateway/lease_store.h"
#include "gateway/lease_writer.h"
#include "net/blocking.h"
#include "net/scope.h"
#include "net/timer.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace srasta::gateway {

/// Token budgets with their store: reservations from any loop, writes on threads that may block.
class BudgetKeeper final : private net::Timer {
 public:
  struct Parts {
    net::Loop& loop;  ///< where ended periods are tidied away
    base::Log& log;
    const base::Clock& clock;
  };
  BudgetKeeper(const Parts& parts, std::unique_ptr<LeaseStore> store,
               std::vector<access::BudgetRule> rules);
  BudgetKeeper(const BudgetKeeper&) = delete;
  BudgetKeeper& operator=(const BudgetKeeper&) = delete;
  ~BudgetKeeper() override;

  /// Opens `gateway.db` in `folder` and loads what it holds. Code::Corrupt: damaged, and left as it
  /// is.
  static base::Result<std::unique_ptr<BudgetKeeper>> open(const Parts& parts,
                                                          const std::string& folder,
                                                          std::vector<access::BudgetRule> rules);
  void start() { arm(); }
  void set_rules(std::vector<access::BudgetRule> rules) {
    any_rules_ = !rules.empty();
    book_.set_rules(std::move(rules));
  }

  /// Whether any budget counts `subject`; if not there is nothing to reserve. Any thread.
  [[nodiscard]] bool counts(const access::LimitSubject& subject) const {
    return any_rules_.load(std::memory_order_relaxed) && book_.counts(subject);
  }
  /// On any loop; waits for the disk when a lease is needed, at most 1 s. Never BudgetLeaseWanted.
  /// The views in `subject` must live until the task is done.
  [[nodiscard]] net::Task<access::BudgetBook::Outcome> reserve(net::Scope& scope,
                                                               access::LimitSubject subject,
                                                               uint64_t input, uint64_t output);
  /// Makes the rows of a settlement durable, in the background.
  void write(std::vector<access::LeaseRow> rows);
  /// Gives back what is leased and not used; after the last request. Blocks.
  void close();

 private:
  struct Asking;

  void lease(Asking asking);
  void serve_asking();
  void arm();
  void on_timeout() override;

  const Parts parts_;
  const std::unique_ptr<LeaseStore> store_;
  std::atomic<bool> any_rules_;
  access::BudgetBook book_;
  LeaseWriter writer_;
  std::mutex asking_mutex_;
  std::vector<Asking> asking_;  ///< those who wait for the next write
  // Its own thread: a disk that hangs must not keep names from being resolved.
  net::BlockingPool blocking_{1};
};

}  // namespace srasta::gateway
