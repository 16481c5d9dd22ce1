// The promise of budgets under random histories, crashes and threads:
// true use <= charged + reserved <= mark <= budget.
#include "access/budget.h"
#include "testing/seeded_entropy.h"

#include <atomic>
#include <barrier>
#include <map>
#include <thread>

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

using Reservation = BudgetBook::Reservation;

constexpr base::WallTime kNow{base::Seconds(1'767'323'045)};
constexpr uint64_t kTenantBudget = 400'000;
constexpr uint64_t kUserBudget = 150'000;

std::vector<BudgetRule> rules() {
  return {{.name = "tenant", .per = LimitPer::Tenant, .scope = {}, .tokens = kTenantBudget},
          {.name = "user", .per = LimitPer::Principal, .scope = {}, .tokens = kUserBudget}};
}

LimitSubject person(std::string_view principal) {
  return {.principal = principal, .tenant = "acme", .roles = {}, .key = {}, .model = {}};
}

/// One process after another with one store, and what was really used, from outside.
class History {
 public:
  explicit History(uint64_t seed) : dice_(seed) { boot(); }

  void step() {
    switch (dice_.below(12)) {
      case 0:
        return crash();
      case 1:
        return stop();
      case 2:
      case 3:
        return finish([](Reservation& r, uint64_t) { r.cancel(); }, 0);
      case 4:
        return abandon();
      case 5:
      case 6:
      case 7:
        return finish([](Reservation& r, uint64_t used) { (void)r.settle(used); },
                      dice_.below(4'000));
      default:
        return start();
    }
  }

  void check() const {
    for (const char* const name : kNames) {
      const auto uses = book_->uses(person(name), kNow);
      check_account(uses[0], kTenantBudget);
      check_account(uses[1], kUserBudget);
    }
  }

 private:
  struct Running {
    Reservation reservation;
    std::string name;
  };

  void boot() {
    book_.emplace(rules());
    std::vector<LeaseRow> rows;
    for (const auto& [account, row] : store_) rows.push_back(row);
    book_->load(rows);
  }

  void write(const std::vector<LeaseRow>& rows) {
    for (const LeaseRow& row : rows) {
      LeaseRow& known = store_[row.account];
      ASSERT_GE(row.charged + row.leased, known.charged + known.leased);
      known = row;
    }
  }

  void start() {
    const char* const name = kNames[dice_.below(std::size(kNames))];
    const uint64_t bound = dice_.below(4'000);
    auto outcome = book_->reserve(person(name), bound / 2, bound - bound / 2, kNow);
    if (auto* const wanted = std::get_if<BudgetLeaseWanted>(&outcome)) {
      // A crash may come before the row, after it, or after the book knows.
      const uint64_t fate = dice_.below(20);
      if (fate == 0) return crash();
      write(wanted->rows);
      if (fate == 1) return crash();
      if (fate != 2) book_->lease_written(wanted->rows);
      outcome = book_->reserve(person(name), bound / 2, bound - bound / 2, kNow);
    }
    if (auto* const reservation = std::get_if<Reservation>(&outcome)) {
      running_.push_back({std::move(*reservation), name});
    }
  }

  template <typename End>
  void finish(End end, uint64_t wish) {
    if (running_.empty()) return;
    std::swap(running_[dice_.below(running_.size())], running_.back());
    Running last = std::move(running_.back());
    running_.pop_back();
    const uint64_t used = std::min(wish, bound_of(last));
    use(last.name, used);
    end(last.reservation, used);
  }

  /// Charges a whole reservation of which only a part was used.
  void abandon() {
    if (running_.empty()) return;
    const Running last = std::move(running_.back());
    running_.pop_back();
    const uint64_t used = dice_.below(1 + bound_of(last));
    use(last.name, used);
    lose(last.name, bound_of(last) - used);
  }

  static uint64_t bound_of(const Running& running) {
    return running.reservation.input_bound() + running.reservation.output_bound();
  }

  void lose(const std::string& name, uint64_t tokens) {
    lost_["tenant:acme"] += tokens;
    lost_["principal:" + name] += tokens;
  }

  void use(const std::string& name, uint64_t tokens) {
    used_["tenant:acme"] += tokens;
    used_["principal:" + name] += tokens;
  }

  /// What runs may have used any part of its reservation. The book's memory is lost: what it does
  /// with the reservations it held is never written.
  void crash() {
    for (const Running& running : running_) {
      use(running.name, dice_.below(1 + bound_of(running)));
    }
    std::map<std::string, uint64_t> open;
    for (const auto& [account, row] : store_) open[account.subject] = row.leased;
    running_.clear();
    const auto before = lost_;
    boot();
    for (const auto& [account, row] : store_) {
      const uint64_t spent = row.charged + row.leased;
      const uint64_t used = used_[account.subject];
      ASSERT_LE(used, spent);
      const auto known = before.find(account.subject);
      const uint64_t earlier = known == before.end() ? 0 : known->second;
      ASSERT_LE(spent - used, earlier + open[account.subject]);
      lost_[account.subject] = spent - used;
    }
  }

  void stop() {
    for (const Running& running : running_) {
      const uint64_t used = dice_.below(1 + bound_of(running));
      use(running.name, used);
      lose(running.name, bound_of(running) - used);
    }
    for (const LeaseRow& row : book_->close()) store_[row.account] = row;
    running_.clear();
    boot();
  }

  void check_account(const BudgetUse& use, uint64_t budget) const {
    const auto used = used_.find(use.account.subject);
    const uint64_t truth = used == used_.end() ? 0 : used->second;
    const auto row = store_.find(use.account);
    const uint64_t mark = row == store_.end() ? 0 : row->second.charged + row->second.leased;
    ASSERT_LE(truth, use.charged);
    ASSERT_LE(use.charged + use.reserved, use.charged + use.leased);
    ASSERT_LE(use.charged + use.leased, mark);
    ASSERT_LE(mark, budget);
  }

  static constexpr const char* kNames[] = {"alice", "bob", "dev"};

  testing::SeededEntropy dice_;
  std::optional<BudgetBook> book_;
  std::map<BudgetAccount, LeaseRow> store_;
  std::vector<Running> running_;
  std::map<std::string, uint64_t> used_;
  std::map<std::string, uint64_t> lost_;
};

TEST(BudgetProperty, HoldsInRandomHistoriesWithCrashes) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    History history(seed);
    for (int step = 0; step < 400; ++step) {
      history.step();
      history.check();
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(BudgetProperty, WithoutCrashesAndAbandonedRequestsChargedEqualsTrueUse) {
  testing::SeededEntropy dice(7);
  BudgetBook book(rules());
  uint64_t used = 0;
  for (int i = 0; i < 2'000; ++i) {
    auto outcome = book.reserve(person("alice"), 0, 500, kNow);
    if (auto* const wanted = std::get_if<BudgetLeaseWanted>(&outcome)) {
      book.lease_written(wanted->rows);
      outcome = book.reserve(person("alice"), 0, 500, kNow);
    }
    if (auto* const reservation = std::get_if<Reservation>(&outcome)) {
      used += reservation->settle(dice.below(501)).charged;
    }
    ASSERT_EQ(book.uses(person("alice"), kNow)[1].charged, used);
  }
  EXPECT_GT(used, kUserBudget - 500);
}

TEST(BudgetProperty, AThousandConcurrentRequestsNeverOverspend) {
  constexpr int kThreads = 8;
  constexpr int kEach = 125;
  constexpr uint64_t kBudget = 100'000;
  BudgetBook book(
      {{.name = "tenant", .per = LimitPer::Tenant, .scope = {}, .tokens = kBudget},
       {.name = "user", .per = LimitPer::Principal, .scope = {}, .tokens = kBudget / 2}});
  std::atomic<uint64_t> used = 0;
  std::barrier start(kThreads);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      testing::SeededEntropy dice(static_cast<uint64_t>(thread));
      const LimitSubject subject = person(thread % 2 == 0 ? "alice" : "bob");
      start.arrive_and_wait();
      for (int i = 0; i < kEach;) {
        auto outcome = book.reserve(subject, 100, 400, kNow);
        if (auto* const wanted = std::get_if<BudgetLeaseWanted>(&outcome)) {
          book.lease_written(wanted->rows);
          continue;
        }
        ++i;
        auto* const reservation = std::get_if<Reservation>(&outcome);
        if (reservation == nullptr) continue;
        const uint64_t tokens = dice.below(501);
        used += tokens;
        if (dice.below(10) != 0) (void)reservation->settle(tokens);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  for (const char* const name : {"alice", "bob"}) {
    for (const BudgetUse& use : book.uses(person(name), kNow)) {
      EXPECT_EQ(use.reserved, 0U);
      EXPECT_LE(use.charged, use.limit);
    }
  }
  EXPECT_LE(used, book.uses(person("alice"), kNow)[0].charged);
}

}  // namespace
}  // namespace srasta::access
