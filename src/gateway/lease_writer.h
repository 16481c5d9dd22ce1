#pragma once

#include "access/budget.h"
#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace srasta::gateway {

class LeaseStore;

/// A reservation that needs a lease. Views: for the length of a call.
struct LeaseRequest {
  access::LimitSubject subject;
  uint64_t input_bound = 0;
  uint64_t output_bound = 0;
  base::WallTime now;
};

/// Makes reservations that need a lease: writes it and asks the book again. All that touches the
/// store while a book is open goes through here, one at a time, so that one write serves everybody
/// who waits for the same lease. Blocking calls, any thread.
class LeaseWriter {
 public:
  using Outcome = base::Result<access::BudgetBook::Outcome>;

  /// Both outlive the writer.
  LeaseWriter(access::BudgetBook& book, LeaseStore& store) : book_(book), store_(store) {}

  /// For when `BudgetBook::reserve` said BudgetLeaseWanted; never answers that itself. One outcome
  /// for each request, in order. The leases of all are written together: one sync, however many ask
  /// at once. An error: the lease could not be written, and nothing is reserved.
  [[nodiscard]] std::vector<Outcome> reserve_all(std::span<const LeaseRequest> requests);
  [[nodiscard]] Outcome reserve(const LeaseRequest& request) {
    return std::move(reserve_all({&request, 1}).front());
  }
  /// For the rows of a Settlement with an overrun.
  [[nodiscard]] base::Result<void> write(std::span<const access::LeaseRow> rows);
  /// Drops the accounts of ended periods, in the book and in the store. Now and then.
  [[nodiscard]] base::Result<void> tidy(base::WallTime now);
  /// Ends the book and the store; once.
  [[nodiscard]] base::Result<void> close();

 private:
  [[nodiscard]] std::vector<access::LeaseRow> ask_book(std::span<const LeaseRequest> requests,
                                                       std::span<std::optional<Outcome>> found);
  [[nodiscard]] base::Result<void> write_locked(std::span<const access::LeaseRow> rows);

  std::mutex mutex_;
  access::BudgetBook& book_;
  LeaseStore& store_;
};

}  // namespace srasta::gateway
