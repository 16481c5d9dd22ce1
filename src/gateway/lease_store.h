#pragma once

#include "access/budget.h"
#include "base/result.h"
#include "storage/sql.h"

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace srasta::gateway {

/// `gateway.db` in `folder`: the leases of a BudgetBook. Blocking calls, any thread. What `write`
/// acknowledged survives a crash; when it fails, the rows may be durable or not.
class LeaseStore {
 public:
  /// `open` makes them.
  explicit LeaseStore(sql::Connection connection) : connection_(std::move(connection)) {}

  /// Creates the database when it is missing. Code::Corrupt: damaged, and left as it is.
  [[nodiscard]] static base::Result<std::unique_ptr<LeaseStore>> open(const std::string& folder);

  [[nodiscard]] base::Result<std::vector<access::LeaseRow>> load();
  /// All rows, or none. A row never takes back a larger mark of its account.
  [[nodiscard]] base::Result<void> write(std::span<const access::LeaseRow> rows);
  [[nodiscard]] base::Result<void> erase(std::span<const access::BudgetAccount> accounts);
  /// Writes the rows of a closed book as they are. Afterwards everything else is refused, so that a
  /// lease that was under way cannot come after them.
  [[nodiscard]] base::Result<void> close(std::span<const access::LeaseRow> rows);

 private:
  [[nodiscard]] base::Result<void> write_with(std::string_view sql,
                                              std::span<const access::LeaseRow> rows);

  std::mutex mutex_;
  sql::Connection connection_;
  bool closed_ = false;
};

}  // namespace srasta::gateway
