#include "gateway/lease_writer.h"

#include "gateway/lease_store.h"

#include <utility>
#include <variant>

namespace srasta::gateway {
namespace {

/// Requests that need no lease may use up a new one before the request that asked for it.
constexpr int kAttempts = 100;

}  // namespace

base::Result<access::BudgetBook::Outcome> LeaseWriter::reserve(const access::LimitSubject& subject,
                                                               uint64_t input_bound,
                                                               uint64_t output_bound,
                                                               base::WallTime now) {
  const std::scoped_lock lock(mutex_);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto outcome = book_.reserve(subject, input_bound, output_bound, now);
    const auto* const wanted = std::get_if<access::BudgetLeaseWanted>(&outcome);
    if (wanted == nullptr) return outcome;
    SRASTA_TRY(write_locked(wanted->rows));
  }
  return base::make_error(base::Code::Unavailable, "too many requests for the same budget");
}

base::Result<void> LeaseWriter::write(std::span<const access::LeaseRow> rows) {
  const std::scoped_lock lock(mutex_);
  return write_locked(rows);
}

base::Result<void> LeaseWriter::write_locked(std::span<const access::LeaseRow> rows) {
  SRASTA_TRY(store_.write(rows));
  book_.lease_written(rows);
  return {};
}

base::Result<void> LeaseWriter::tidy(base::WallTime now) {
  const std::scoped_lock lock(mutex_);
  const auto ended = book_.take_ended(now);
  if (ended.empty()) return {};
  return store_.erase(ended);
}

base::Result<void> LeaseWriter::close() {
  const std::scoped_lock lock(mutex_);
  return store_.close(book_.close());
}

}  // namespace srasta::gateway
