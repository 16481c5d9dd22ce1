#include "access/budget.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace srasta::access {
namespace {

constexpr uint64_t kMostTokens = std::numeric_limits<int64_t>::max();
constexpr uint64_t kLeastLease = 10'000;
constexpr uint64_t kLeasesInBudget = 100;
constexpr base::Seconds kEndedFor{3'600};

uint64_t saturating_add(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<uint64_t>::max() : sum;
}

uint64_t less(uint64_t a, uint64_t b) {
  return a > b ? a - b : 0;
}

std::string_view reason_of(LimitPer per, BudgetPeriod period) {
  static constexpr std::array<std::array<std::string_view, 2>, 4> kReasons{
      {{"user_day", "user_month"},
       {"key_day", "key_month"},
       {"tenant_day", "tenant_month"},
       {"model_day", "model_month"}}};
  return kReasons[static_cast<size_t>(per)][static_cast<size_t>(period)];
}

/// The name of an account as a request knows it: looked up without being built.
struct AccountView {
  std::string_view rule;
  LimitPer per;
  std::string_view name;
  BudgetPeriod period;
  base::WallTime start;

  [[nodiscard]] BudgetAccount owned() const {
    std::string subject(to_string(per));
    subject += ':';
    subject += name;
    return {std::string(rule), std::move(subject), period, start};
  }
};

struct AccountHash {
  using is_transparent = void;
  static size_t of(std::string_view rule, std::string_view name, base::WallTime start) {
    const std::hash<std::string_view> hash;
    return hash(name) ^ (hash(rule) * 31) ^ static_cast<size_t>(start.time_since_epoch().count());
  }
  size_t operator()(const BudgetAccount& account) const {
    const std::string_view subject = account.subject;
    return of(account.rule, subject.substr(subject.find(':') + 1), account.start);
  }
  size_t operator()(const AccountView& view) const { return of(view.rule, view.name, view.start); }
};

struct AccountEqual {
  using is_transparent = void;
  bool operator()(const BudgetAccount& a, const BudgetAccount& b) const { return a == b; }
  bool operator()(const AccountView& view, const BudgetAccount& account) const {
    const std::string_view subject = account.subject;
    const std::string_view per = to_string(view.per);
    return view.start == account.start && view.period == account.period &&
           view.rule == account.rule && subject.size() == per.size() + 1 + view.name.size() &&
           subject.ends_with(view.name) && subject.starts_with(per) && subject[per.size()] == ':';
  }
  bool operator()(const BudgetAccount& account, const AccountView& view) const {
    return (*this)(view, account);
  }
};

}  // namespace

struct BudgetBook::Account {
  const BudgetAccount* name = nullptr;
  base::WallTime end{};
  uint64_t spent = 0;     // settled
  uint64_t reserved = 0;  // by open reservations
  uint64_t mark = 0;      // durable: spent + reserved stays at or below it
  uint64_t open = 0;      // reservations that point here

  [[nodiscard]] uint64_t held() const { return spent + reserved; }
};

struct BudgetBook::State {
  struct Claim {
    const BudgetRule* rule;
    Account* account;
  };

  mutable std::mutex mutex;
  Settings settings;
  std::vector<BudgetRule> rules;
  std::unordered_map<BudgetAccount, Account, AccountHash, AccountEqual> accounts;
  Overruns overruns;
  base::WallTime first_end = base::WallTime::max();
  std::array<PeriodSpan, 2> current{};  // by BudgetPeriod, of the last request
  bool closed = false;

  /// Calls `visit(rule, name)` for each rule that counts the subject.
  template <typename Visit>
  void for_each_rule(const LimitSubject& subject, Visit visit) const {
    for (const BudgetRule& rule : rules) {
      const auto name = counted_name(rule.per, subject);
      if (name && rule.scope.covers(subject)) visit(rule, *name);
    }
  }

  [[nodiscard]] AccountView account_view(const BudgetRule& rule, std::string_view name,
                                         base::WallTime now) {
    PeriodSpan& span = current[static_cast<size_t>(rule.period)];
    if (now < span.start || now >= span.end) span = period_at(rule.period, now);
    return {rule.name, rule.per, name, rule.period, span.start};
  }

  Account& open_account(BudgetAccount name) {
    const auto [entry, added] = accounts.try_emplace(std::move(name));
    Account& account = entry->second;
    if (added) {
      account.name = &entry->first;
      account.end = period_at(entry->first.period, entry->first.start).end;
      first_end = std::min(first_end, account.end);
    }
    return account;
  }

  /// The accounts that count the subject; nothing when there is no room for one of them.
  [[nodiscard]] std::optional<std::vector<Claim>> claims(const LimitSubject& subject,
                                                         base::WallTime now) {
    std::vector<Claim> found;
    bool full = false;
    for_each_rule(subject, [&](const BudgetRule& rule, std::string_view name) {
      const AccountView view = account_view(rule, name, now);
      const auto known = accounts.find(view);
      full = full || (known == accounts.end() && accounts.size() >= settings.most_accounts);
      if (full) return;
      found.push_back(
          {&rule, known != accounts.end() ? &known->second : &open_account(view.owned())});
    });
    if (full) return std::nullopt;
    return found;
  }

  /// What the rules of now allow the account; 0 where its rule is gone.
  [[nodiscard]] uint64_t limit_of(const BudgetAccount& name) const {
    const auto rule = std::ranges::find(rules, name.rule, &BudgetRule::name);
    return rule != rules.end() && rule->period == name.period ? rule->tokens : 0;
  }

  /// Of the accounts without room for `tokens`, the one with the least left.
  [[nodiscard]] static std::optional<BudgetExhausted> find_exhausted(std::span<const Claim> claims,
                                                                     uint64_t tokens,
                                                                     base::WallTime now);
  [[nodiscard]] static BudgetLeaseWanted wanted_leases(std::span<const Claim> claims,
                                                       uint64_t tokens);
  /// The row that makes `held` tokens of an account usable.
  [[nodiscard]] static LeaseRow lease_row(const Account& account, uint64_t limit, uint64_t held);

  void set_rules(std::vector<BudgetRule> wanted) {
    for (BudgetRule& rule : wanted) rule.tokens = std::min(rule.tokens, kMostTokens);
    rules = std::move(wanted);
  }
};

std::optional<BudgetExhausted> BudgetBook::State::find_exhausted(std::span<const Claim> claims,
                                                                 uint64_t tokens,
                                                                 base::WallTime now) {
  std::optional<BudgetExhausted> tightest;
  base::Micros wait{0};
  for (const auto& [rule, account] : claims) {
    const uint64_t left = less(rule->tokens, account->held());
    if (tokens <= left) continue;
    wait = std::max(wait, account->end - now);
    if (tightest && tightest->remaining <= left) continue;
    tightest = BudgetExhausted{.rule = rule->name,
                               .per = rule->per,
                               .period = rule->period,
                               .reason = reason_of(rule->per, rule->period),
                               .limit = rule->tokens,
                               .remaining = left};
  }
  if (tightest) tightest->retry_after = wait;
  return tightest;
}

BudgetLeaseWanted BudgetBook::State::wanted_leases(std::span<const Claim> claims, uint64_t tokens) {
  BudgetLeaseWanted wanted;
  for (const auto& [rule, account] : claims) {
    const uint64_t held = account->held() + tokens;
    if (held > account->mark) wanted.rows.push_back(lease_row(*account, rule->tokens, held));
  }
  return wanted;
}

LeaseRow BudgetBook::State::lease_row(const Account& account, uint64_t limit, uint64_t held) {
  const uint64_t lease = std::max(limit / kLeasesInBudget, kLeastLease);
  const uint64_t mark = std::max(held, std::min(limit, saturating_add(account.mark, lease)));
  return {.account = *account.name, .charged = account.spent, .leased = mark - account.spent};
}

BudgetBook::BudgetBook(std::vector<BudgetRule> rules, const Settings& settings)
    : state_(std::make_shared<State>()) {
  state_->settings = settings;
  state_->set_rules(std::move(rules));
}

void BudgetBook::load(std::span<const LeaseRow> rows) {
  const std::scoped_lock lock(state_->mutex);
  for (const LeaseRow& row : rows) {
    Account& account = state_->open_account(row.account);
    account.spent = std::min(saturating_add(row.charged, row.leased), kMostTokens);
    account.mark = account.spent;
  }
}

void BudgetBook::set_rules(std::vector<BudgetRule> rules) {
  const std::scoped_lock lock(state_->mutex);
  state_->set_rules(std::move(rules));
}

bool BudgetBook::counts(const LimitSubject& subject) const {
  const std::scoped_lock lock(state_->mutex);
  bool any = false;
  state_->for_each_rule(subject, [&any](const BudgetRule&, std::string_view) { any = true; });
  return any;
}

BudgetBook::Outcome BudgetBook::reserve(const LimitSubject& subject, uint64_t input_bound,
                                        uint64_t output_bound, base::WallTime now) {
  const std::scoped_lock lock(state_->mutex);
  const uint64_t tokens = saturating_add(input_bound, output_bound);
  const auto claims = state_->claims(subject, now);
  if (state_->closed || !claims) return BudgetUnavailable{};
  if (auto exhausted = State::find_exhausted(*claims, tokens, now)) return *std::move(exhausted);
  BudgetLeaseWanted wanted = State::wanted_leases(*claims, tokens);
  if (!wanted.rows.empty()) return wanted;

  Reservation reservation(state_, input_bound, output_bound);
  for (const State::Claim& claim : *claims) {
    claim.account->reserved += tokens;
    ++claim.account->open;
    reservation.accounts_.push_back(claim.account);
  }
  return reservation;
}

void BudgetBook::lease_written(std::span<const LeaseRow> rows) {
  const std::scoped_lock lock(state_->mutex);
  for (const LeaseRow& row : rows) {
    const auto entry = state_->accounts.find(row.account);
    if (entry == state_->accounts.end()) continue;
    entry->second.mark = std::max(entry->second.mark, saturating_add(row.charged, row.leased));
  }
}

std::vector<BudgetAccount> BudgetBook::take_ended(base::WallTime now) {
  const std::scoped_lock lock(state_->mutex);
  std::vector<BudgetAccount> ended;
  if (state_->first_end > now - kEndedFor) return ended;
  state_->first_end = base::WallTime::max();
  for (auto at = state_->accounts.begin(); at != state_->accounts.end();) {
    if (at->second.end <= now - kEndedFor && at->second.open == 0) {
      ended.push_back(at->first);
      at = state_->accounts.erase(at);
    } else {
      state_->first_end = std::min(state_->first_end, at->second.end);
      ++at;
    }
  }
  return ended;
}

std::vector<LeaseRow> BudgetBook::close() {
  const std::scoped_lock lock(state_->mutex);
  state_->closed = true;
  std::vector<LeaseRow> rows;
  for (auto& [name, account] : state_->accounts) {
    account.spent = account.held();
    account.reserved = 0;
    // Whatever the mark: a lease may have become durable though its writer was told otherwise.
    rows.push_back({.account = name, .charged = account.spent});
  }
  return rows;
}

std::vector<BudgetUse> BudgetBook::uses(const LimitSubject& subject, base::WallTime now) const {
  const std::scoped_lock lock(state_->mutex);
  std::vector<BudgetUse> uses;
  state_->for_each_rule(subject, [&](const BudgetRule& rule, std::string_view name) {
    BudgetUse use{.account = state_->account_view(rule, name, now).owned(),
                  .limit = rule.tokens,
                  .end = period_at(rule.period, now).end};
    const auto entry = state_->accounts.find(use.account);
    if (entry != state_->accounts.end()) {
      use.charged = entry->second.spent;
      use.reserved = entry->second.reserved;
      use.leased = less(entry->second.mark, entry->second.spent);
    }
    uses.push_back(std::move(use));
  });
  return uses;
}

BudgetBook::Overruns BudgetBook::overruns() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->overruns;
}

size_t BudgetBook::accounts() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->accounts.size();
}

BudgetBook::Reservation::Reservation(Reservation&& other) noexcept = default;

BudgetBook::Reservation& BudgetBook::Reservation::operator=(Reservation&& other) noexcept {
  if (this == &other) return *this;
  drop();
  state_ = std::move(other.state_);
  accounts_ = std::move(other.accounts_);
  input_ = other.input_;
  output_ = other.output_;
  return *this;
}

BudgetBook::Reservation::~Reservation() {
  drop();
}

void BudgetBook::Reservation::drop() {
  if (state_ != nullptr) (void)settle(tokens());
}

uint64_t BudgetBook::Reservation::tokens() const {
  return saturating_add(input_, output_);
}

void BudgetBook::Reservation::cancel() {
  (void)settle(0);
}

Settlement BudgetBook::Reservation::settle(uint64_t used) {
  SRASTA_CHECK(state_ != nullptr, "a reservation is settled once");
  const std::shared_ptr<State> state = std::move(state_);
  Settlement settlement{
      .charged = counted() ? used : 0, .overrun = less(used, tokens()), .rows = {}};
  const std::scoped_lock lock(state->mutex);
  if (settlement.overrun > 0) {
    ++state->overruns.times;
    state->overruns.tokens = saturating_add(state->overruns.tokens, settlement.overrun);
  }
  for (Account* const account : accounts_) {
    --account->open;
    if (state->closed) continue;
    const uint64_t limit = state->limit_of(*account->name);
    account->reserved -= tokens();
    const uint64_t extra =
        std::min(settlement.overrun, less(less(limit, account->held()), tokens()));
    const uint64_t charge = std::min(used, tokens()) + extra;
    account->spent += charge;
    settlement.charged = std::min(settlement.charged, charge);
    if (account->held() > account->mark) {
      settlement.rows.push_back(State::lease_row(*account, limit, account->held()));
    }
  }
  return settlement;
}

}  // namespace srasta::access
