#include "gateway/lease_writer.h"

#include "gateway/lease_store.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace srasta::gateway {
namespace {

/// Requests that need no lease may use up a new one before the request that asked for it.
constexpr int kAttempts = 100;

}  // namespace

std::vector<LeaseWriter::Outcome> LeaseWriter::reserve_all(std::span<const LeaseRequest> requests) {
  std::vector<std::optional<Outcome>> found(requests.size());
  base::Error failure = base::make_error(base::Code::Unavailable, "too many for one budget");
  const std::scoped_lock lock(mutex_);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::vector<access::LeaseRow> rows = ask_book(requests, found);
    if (rows.empty()) break;
    if (auto written = write_locked(rows); !written) {
      failure = std::move(written).error();
      break;
    }
  }
  std::vector<Outcome> outcomes;
  outcomes.reserve(found.size());
  for (auto& outcome : found) {
    outcomes.push_back(outcome ? *std::move(outcome) : Outcome(failure));
  }
  return outcomes;
}

/// Fills in what the book can say now; the rows that the others wait for.
std::vector<access::LeaseRow> LeaseWriter::ask_book(std::span<const LeaseRequest> requests,
                                                    std::span<std::optional<Outcome>> found) {
  std::vector<access::LeaseRow> rows;
  for (size_t i = 0; i < requests.size(); ++i) {
    if (found[i]) continue;
    const LeaseRequest& request = requests[i];
    auto outcome =
        book_.reserve(request.subject, request.input_bound, request.output_bound, request.now);
    auto* const wanted = std::get_if<access::BudgetLeaseWanted>(&outcome);
    if (wanted == nullptr) {
      found[i] = std::move(outcome);
    } else {
      std::ranges::move(wanted->rows, std::back_inserter(rows));
    }
  }
  return rows;
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
