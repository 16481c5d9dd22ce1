#include "gateway/budget_keeper.h"

namespace srasta::gateway {
namespace {

using access::BudgetBook;

constexpr base::Seconds kLongestWait{1};
constexpr base::Seconds kTidyPause{60};

/// A subject that outlives its request.
struct OwnedSubject {
  explicit OwnedSubject(const access::LimitSubject& subject)
      : principal(subject.principal),
        tenant(subject.tenant),
        roles(subject.roles.begin(), subject.roles.end()),
        key(subject.key),
        model(subject.model) {}
  [[nodiscard]] access::LimitSubject view() const {
    return {.principal = principal, .tenant = tenant, .roles = roles, .key = key, .model = model};
  }

  std::string principal;
  std::string tenant;
  std::vector<base::RoleName> roles;
  std::string key;
  std::string model;
};

/// An outcome on its way to a request that may be gone by then: what nobody takes costs nothing.
class Offer {
 public:
  explicit Offer(BudgetBook::Outcome outcome) : outcome_(std::move(outcome)) {}
  Offer(Offer&&) = default;
  Offer& operator=(Offer&&) = default;
  ~Offer() {
    auto* const reservation = std::get_if<BudgetBook::Reservation>(&outcome_);
    if (reservation != nullptr && reservation->counted()) reservation->cancel();
  }
  [[nodiscard]] BudgetBook::Outcome take() {
    return std::exchange(outcome_, BudgetBook::Outcome(access::BudgetUnavailable{}));
  }

 private:
  BudgetBook::Outcome outcome_;
};

}  // namespace

struct BudgetKeeper::Asking {
  OwnedSubject subject;
  uint64_t input;
  uint64_t output;
  base::WallTime now;
  std::function<void(Offer)> deliver;
};

BudgetKeeper::~BudgetKeeper() = default;

base::Result<std::unique_ptr<BudgetKeeper>> BudgetKeeper::open(
    const Parts& parts, const std::string& folder, std::vector<access::BudgetRule> rules) {
  SRASTA_TRY_ASSIGN(auto store, LeaseStore::open(folder));
  SRASTA_TRY_ASSIGN(const std::vector<access::LeaseRow> rows, store->load());
  auto keeper = std::make_unique<BudgetKeeper>(parts, std::move(store), std::move(rules));
  keeper->book_.load(rows);
  return keeper;
}

BudgetKeeper::BudgetKeeper(const Parts& parts, std::unique_ptr<LeaseStore> store,
                           std::vector<access::BudgetRule> rules)
    : parts_(parts),
      store_(std::move(store)),
      any_rules_(!rules.empty()),
      book_(std::move(rules)),
      writer_(book_, *store_) {}

net::Task<BudgetBook::Outcome> BudgetKeeper::reserve(net::Scope& scope,
                                                     access::LimitSubject subject, uint64_t input,
                                                     uint64_t output) {
  const base::WallTime now = parts_.clock.wall();
  BudgetBook::Outcome outcome = book_.reserve(subject, input, output, now);
  if (!std::holds_alternative<access::BudgetLeaseWanted>(outcome)) co_return outcome;
  net::Delivery<Offer> written(scope.loop());
  lease({OwnedSubject(subject), input, output, now, written.sender()});
  std::optional<Offer> offer = co_await written.receive(scope, scope.within(kLongestWait));
  if (!offer) {
    parts_.log.error("token budget cannot be leased", {{"reason", "the disk does not answer"}});
    co_return access::BudgetUnavailable{};
  }
  co_return offer->take();
}

/// Whoever asks while a write is under way waits for the next one, together with all the others.
void BudgetKeeper::lease(Asking asking) {
  bool first = false;
  {
    const std::scoped_lock lock(asking_mutex_);
    first = asking_.empty();
    asking_.push_back(std::move(asking));
  }
  if (first) blocking_.submit([this] { serve_asking(); });
}

void BudgetKeeper::serve_asking() {
  std::vector<Asking> asking;
  {
    const std::scoped_lock lock(asking_mutex_);
    asking.swap(asking_);
  }
  std::vector<LeaseRequest> requests;
  requests.reserve(asking.size());
  for (const Asking& each : asking) {
    requests.push_back({each.subject.view(), each.input, each.output, each.now});
  }
  std::vector<LeaseWriter::Outcome> outcomes = writer_.reserve_all(requests);
  for (size_t i = 0; i < asking.size(); ++i) {
    auto& reserved = outcomes[i];
    if (!reserved) {
      parts_.log.error("token budget cannot be leased",
                       {{"reason", std::string_view(reserved.error().message)}});
    }
    asking[i].deliver(
        Offer(reserved ? *std::move(reserved) : BudgetBook::Outcome(access::BudgetUnavailable{})));
  }
}

void BudgetKeeper::write(std::vector<access::LeaseRow> rows) {
  if (rows.empty()) return;
  blocking_.submit([this, rows = std::move(rows)] {
    if (const auto written = writer_.write(rows); !written) {
      parts_.log.error("token use cannot be written",
                       {{"reason", std::string_view(written.error().message)}});
    }
  });
}

void BudgetKeeper::close() {
  blocking_.stop();
  if (const auto closed = writer_.close(); !closed) {
    parts_.log.error("token budgets not closed, what is leased counts as spent",
                     {{"reason", std::string_view(closed.error().message)}});
  }
}

void BudgetKeeper::arm() {
  parts_.loop.timers().arm(*this, parts_.loop.now() + kTidyPause);
}

void BudgetKeeper::on_timeout() {
  blocking_.submit([this] {
    if (const auto tidied = writer_.tidy(parts_.clock.wall()); !tidied) {
      parts_.log.warn("token budgets of ended periods stay",
                      {{"reason", std::string_view(tidied.error().message)}});
    }
  });
  arm();
}

}  // namespace srasta::gateway
