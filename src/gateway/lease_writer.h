#pragma once

#include "access/budget.h"
#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <mutex>
#include <span>

namespace srasta::gateway {

class LeaseStore;

/// Makes reservations that need a lease: writes it and asks the book again. All that touches the
/// store while a book is open goes through here, one at a time, so that one write serves everybody
/// who waits for the same lease. Blocking calls, any thread.
class LeaseWriter {
 public:
  /// Both outlive the writer.
  LeaseWriter(access::BudgetBook& book, LeaseStore& store) : book_(book), store_(store) {}

  /// For when `BudgetBook::reserve` said BudgetLeaseWanted; never answers that itself. An error:
  /// the lease could not be written, and nothing is reserved.
  [[nodiscard]] base::Result<access::BudgetBook::Outcome> reserve(
      const access::LimitSubject& subject, uint64_t input_bound, uint64_t output_bound,
      base::WallTime now);
  /// For the rows of a Settlement with an overrun.
  [[nodiscard]] base::Result<void> write(std::span<const access::LeaseRow> rows);
  /// Drops the accounts of ended periods, in the book and in the store. Now and then.
  [[nodiscard]] base::Result<void> tidy(base::WallTime now);
  /// Ends the book and the store; once.
  [[nodiscard]] base::Result<void> close();

 private:
  [[nodiscard]] base::Result<void> write_locked(std::span<const access::LeaseRow> rows);

  std::mutex mutex_;
  access::BudgetBook& book_;
  LeaseStore& store_;
};

}  // namespace srasta::gateway
