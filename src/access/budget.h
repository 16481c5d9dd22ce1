#pragma once

#include "access/budget_period.h"
#include "access/limit_scope.h"
#include "base/clock.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace srasta::access {

struct BudgetRule {
  std::string name;  ///< unique; use is remembered under it when rules change
  LimitPer per = LimitPer::Principal;
  LimitScope scope;
  BudgetPeriod period = BudgetPeriod::Day;
  uint64_t tokens = 0;  ///< of one subject in one period; beyond 2^63 - 1 counts as that
};

/// What one rule counts for one subject in one period.
struct BudgetAccount {
  std::string rule;
  std::string subject;  ///< "principal:NAME", "key:...", "tenant:...", "model:..."
  BudgetPeriod period = BudgetPeriod::Day;
  base::WallTime start{};

  friend auto operator<=>(const BudgetAccount&, const BudgetAccount&) = default;
};

/// The durable state of one account. `charged + leased` is its mark: after a crash all of it counts
/// as spent. While a book is open the mark of an account only grows, so of two rows the one with
/// the larger mark is the newer.
struct LeaseRow {
  BudgetAccount account;
  uint64_t charged = 0;  ///< settled tokens
  uint64_t leased = 0;   ///< what may be used beyond them before the next row is durable
};

/// What became of a reservation.
struct Settlement {
  uint64_t charged = 0;  ///< to each account; the least of them where they differ
  uint64_t overrun = 0;  ///< tokens that the engine used beyond the reservation
  /// Only after an overrun: rows to be made durable as soon as possible.
  std::vector<LeaseRow> rows;
};

/// Why a reservation was refused: of the accounts without room, the one with the least left.
struct BudgetExhausted {
  std::string rule;
  LimitPer per = LimitPer::Principal;
  BudgetPeriod period = BudgetPeriod::Day;
  std::string_view reason;      ///< for audit: user_day, key_month, tenant_day, model_month...
  uint64_t limit = 0;           ///< of a tenant or a model: tells of others, so not for the caller
  uint64_t remaining = 0;       ///< the same
  base::Micros retry_after{0};  ///< until the last period of those without room ends
};

/// Rows that must be durable before the reservation can be had.
struct BudgetLeaseWanted {
  std::vector<LeaseRow> rows;
};

/// The book is closed, or has no room to count this subject.
struct BudgetUnavailable {};

/// How far one account is used.
struct BudgetUse {
  BudgetAccount account;
  uint64_t limit = 0;
  uint64_t charged = 0;
  uint64_t reserved = 0;
  uint64_t leased = 0;  ///< durably, beyond `charged`
  base::WallTime end{};
};

/// Token budgets. Before a request runs its bound is reserved in every account that counts it, or
/// in none; afterwards what it used is charged. Reservations are made only from leases that are
/// durable, so that in every account, at every moment and after every crash,
///   true use <= charged + reserved <= mark <= budget
/// as long as engines keep to the bounds. An engine that does not is charged as far as the budget
/// has room, and counted as an overrun. A lease is 1 % of the budget, at least 10,000 tokens, and
/// never more than what is left; a mark is at most one lease beyond the most that was charged and
/// reserved at one moment.
/// No I/O: rows go out, and `lease_written` comes back. Any thread; one lock, held briefly.
class BudgetBook {
 private:
  struct State;
  struct Account;

 public:
  struct Settings {
    size_t most_accounts = 1'000'000;  ///< about 300 bytes each; beyond: BudgetUnavailable
  };

  /// Tokens that are set aside for one request. Dropping one that was neither settled nor cancelled
  /// charges all of it. One thread at a time; may outlive the book.
  class Reservation {
   public:
    Reservation(Reservation&& other) noexcept;
    Reservation& operator=(Reservation&& other) noexcept;
    ~Reservation();

    [[nodiscard]] uint64_t input_bound() const { return input_; }
    [[nodiscard]] uint64_t output_bound() const { return output_; }
    /// Whether any account counts this request.
    [[nodiscard]] bool counted() const { return !accounts_.empty(); }

    /// Charges `used` tokens and gives the rest back. Once.
    [[nodiscard]] Settlement settle(uint64_t used);
    /// The request cost nothing. Once.
    void cancel();

   private:
    friend class BudgetBook;
    Reservation(std::shared_ptr<State> state, uint64_t input, uint64_t output)
        : state_(std::move(state)), input_(input), output_(output) {}
    [[nodiscard]] uint64_t tokens() const;
    void drop();

    std::shared_ptr<State> state_;  ///< null: settled
    std::vector<Account*> accounts_;
    uint64_t input_;
    uint64_t output_;
  };

  using Outcome = std::variant<BudgetUnavailable, BudgetExhausted, BudgetLeaseWanted, Reservation>;

  explicit BudgetBook(std::vector<BudgetRule> rules) : BudgetBook(std::move(rules), Settings{}) {}
  BudgetBook(std::vector<BudgetRule> rules, const Settings& settings);

  /// Before the first reservation: what a former process left. Open leases count as spent.
  void load(std::span<const LeaseRow> rows);
  /// Accounts stay. A smaller budget refuses what comes next; what runs may finish.
  void set_rules(std::vector<BudgetRule> rules);

  /// Whether any rule counts this subject; if not there is nothing to reserve.
  [[nodiscard]] bool counts(const LimitSubject& subject) const;

  /// After BudgetLeaseWanted: make the rows durable, call `lease_written`, ask again.
  [[nodiscard]] Outcome reserve(const LimitSubject& subject, uint64_t input_bound,
                                uint64_t output_bound, base::WallTime now);
  void lease_written(std::span<const LeaseRow> rows);

  /// Forgets the accounts of periods that ended an hour ago or more (a clock that is set back a
  /// little must not mint a budget) and that no reservation uses: their rows may be deleted.
  [[nodiscard]] std::vector<BudgetAccount> take_ended(base::WallTime now);
  /// Ends the book: reservations still open are charged whole. The rows to be made durable; nothing
  /// may be written after them.
  [[nodiscard]] std::vector<LeaseRow> close();

  [[nodiscard]] std::vector<BudgetUse> uses(const LimitSubject& subject, base::WallTime now) const;
  /// Tokens that engines used beyond reservations, and how often.
  struct Overruns {
    uint64_t times = 0;
    uint64_t tokens = 0;
  };
  [[nodiscard]] Overruns overruns() const;
  [[nodiscard]] size_t accounts() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace srasta::access
