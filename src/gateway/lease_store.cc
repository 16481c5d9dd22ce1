#include "gateway/lease_store.h"

#include <algorithm>
#include <limits>

namespace srasta::gateway {
namespace {

using access::BudgetAccount;
using access::BudgetPeriod;
using access::LeaseRow;

constexpr std::string_view kAccounts = R"(
CREATE TABLE budget_account (
  rule TEXT NOT NULL,
  subject TEXT NOT NULL,
  period TEXT NOT NULL CHECK (period IN ('day', 'month')),
  start INTEGER NOT NULL,  -- of the period, seconds since 1970
  charged INTEGER NOT NULL CHECK (charged >= 0),
  leased INTEGER NOT NULL CHECK (leased >= 0),
  PRIMARY KEY (rule, subject, period, start)
) STRICT, WITHOUT ROWID;
)";

constexpr std::string_view kWriteLease = R"(
INSERT INTO budget_account VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET charged = excluded.charged, leased = excluded.leased
WHERE excluded.charged + excluded.leased >= charged + leased
)";

constexpr std::string_view kWriteFinal = "REPLACE INTO budget_account VALUES (?, ?, ?, ?, ?, ?)";

int64_t stored(uint64_t tokens) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::min(tokens, kMost));
}

base::Error closed_error() {
  return base::make_error(base::Code::Unavailable, "the lease store is closed");
}

base::Result<LeaseRow> read_row(const sql::Statement& statement) {
  SRASTA_TRY_ASSIGN(const std::string_view rule, statement.text(0));
  SRASTA_TRY_ASSIGN(const std::string_view subject, statement.text(1));
  SRASTA_TRY_ASSIGN(const std::string_view period, statement.text(2));
  SRASTA_TRY_ASSIGN(const int64_t start, statement.integer(3));
  SRASTA_TRY_ASSIGN(const int64_t charged, statement.integer(4));
  SRASTA_TRY_ASSIGN(const int64_t leased, statement.integer(5));
  const bool daily = period == to_string(BudgetPeriod::Day);
  return LeaseRow{.account = {.rule = std::string(rule),
                              .subject = std::string(subject),
                              .period = daily ? BudgetPeriod::Day : BudgetPeriod::Month,
                              .start = base::WallTime(base::Seconds(start))},
                  .charged = static_cast<uint64_t>(charged),
                  .leased = static_cast<uint64_t>(leased)};
}

}  // namespace

base::Result<std::unique_ptr<LeaseStore>> LeaseStore::open(const std::string& folder) {
  SRASTA_TRY_ASSIGN(
      sql::Connection connection,
      sql::Connection::open({.path = folder + "/gateway.db", .migrations = {kAccounts}}));
  return std::make_unique<LeaseStore>(std::move(connection));
}

base::Result<std::vector<LeaseRow>> LeaseStore::load() {
  const std::scoped_lock lock(mutex_);
  if (closed_) return closed_error();
  SRASTA_TRY_ASSIGN(sql::Statement statement,
                    connection_.prepare("SELECT rule, subject, period, start, charged, leased "
                                        "FROM budget_account"));
  std::vector<LeaseRow> rows;
  while (true) {
    SRASTA_TRY_ASSIGN(const bool more, statement.step());
    if (!more) return rows;
    SRASTA_TRY_ASSIGN(LeaseRow row, read_row(statement));
    rows.push_back(std::move(row));
  }
}

base::Result<void> LeaseStore::write(std::span<const LeaseRow> rows) {
  const std::scoped_lock lock(mutex_);
  if (closed_) return closed_error();
  return write_with(kWriteLease, rows);
}

base::Result<void> LeaseStore::write_with(std::string_view sql, std::span<const LeaseRow> rows) {
  SRASTA_TRY_ASSIGN(sql::Transaction transaction, connection_.begin());
  SRASTA_TRY_ASSIGN(sql::Statement statement, connection_.prepare(sql));
  for (const auto& [account, charged, leased] : rows) {
    SRASTA_TRY(statement.run({account.rule, account.subject, to_string(account.period),
                              base::unix_seconds(account.start), stored(charged), stored(leased)}));
  }
  return transaction.commit();
}

base::Result<void> LeaseStore::erase(std::span<const BudgetAccount> accounts) {
  const std::scoped_lock lock(mutex_);
  if (closed_) return closed_error();
  SRASTA_TRY_ASSIGN(sql::Transaction transaction, connection_.begin());
  SRASTA_TRY_ASSIGN(sql::Statement statement,
                    connection_.prepare("DELETE FROM budget_account WHERE rule = ? AND "
                                        "subject = ? AND period = ? AND start = ?"));
  for (const BudgetAccount& account : accounts) {
    SRASTA_TRY(statement.run({account.rule, account.subject, to_string(account.period),
                              base::unix_seconds(account.start)}));
  }
  return transaction.commit();
}

base::Result<void> LeaseStore::close(std::span<const LeaseRow> rows) {
  const std::scoped_lock lock(mutex_);
  if (closed_) return closed_error();
  closed_ = true;
  return write_with(kWriteFinal, rows);
}

}  // namespace srasta::gateway
