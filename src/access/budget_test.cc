#include "access/budget.h"

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

using Reservation = BudgetBook::Reservation;

constexpr base::WallTime kNow{base::Seconds(1'767'323'045)};  // 2026-01-02T03:04:05Z
constexpr base::WallTime kMidnight{base::Seconds(1'767'398'400)};

LimitSubject person(std::string_view principal) {
  return {.principal = principal, .tenant = "acme", .roles = {}, .key = {}, .model = "coding"};
}

BudgetRule rule(std::string name, LimitPer per, uint64_t tokens,
                BudgetPeriod period = BudgetPeriod::Day) {
  return {.name = std::move(name), .per = per, .scope = {}, .period = period, .tokens = tokens};
}

BudgetBook alice_has_1000() {
  return BudgetBook({rule("daily", LimitPer::Principal, 1'000)});
}

/// Plays the store: every wanted lease becomes durable at once.
BudgetBook::Outcome reserve(BudgetBook& book, const LimitSubject& subject, uint64_t input,
                            uint64_t output, base::WallTime now = kNow) {
  while (true) {
    auto outcome = book.reserve(subject, input, output, now);
    const auto* const wanted = std::get_if<BudgetLeaseWanted>(&outcome);
    if (wanted == nullptr) return outcome;
    book.lease_written(wanted->rows);
  }
}

Reservation reserved(BudgetBook& book, const LimitSubject& subject, uint64_t tokens,
                     base::WallTime now = kNow) {
  return std::get<Reservation>(reserve(book, subject, 0, tokens, now));
}

BudgetExhausted exhausted(BudgetBook& book, const LimitSubject& subject, uint64_t tokens,
                          base::WallTime now = kNow) {
  return std::get<BudgetExhausted>(reserve(book, subject, 0, tokens, now));
}

uint64_t charged(const BudgetBook& book, std::string_view principal = "alice",
                 base::WallTime now = kNow) {
  return book.uses(person(principal), now).at(0).charged;
}

TEST(Budget, GivesBackTheUnusedPartOfAReservation) {
  BudgetBook book = alice_has_1000();
  for (int i = 0; i < 2; ++i) {
    const Settlement settlement = reserved(book, person("alice"), 900).settle(30);
    EXPECT_EQ(settlement.charged, 30U);
    EXPECT_TRUE(settlement.rows.empty());
  }
  EXPECT_EQ(exhausted(book, person("alice"), 941).remaining, 940U);
}

TEST(Budget, RefusesWhatDoesNotFitBesideRunningReservations) {
  BudgetBook book = alice_has_1000();
  const Reservation running = reserved(book, person("alice"), 900);

  const BudgetExhausted refusal = exhausted(book, person("alice"), 101);

  EXPECT_EQ(refusal.rule, "daily");
  EXPECT_EQ(refusal.reason, "user_day");
  EXPECT_EQ(refusal.limit, 1'000U);
  EXPECT_EQ(refusal.remaining, 100U);
  EXPECT_EQ(refusal.retry_after, kMidnight - kNow);
  EXPECT_EQ(reserved(book, person("bob"), 1'000).output_bound(), 1'000U);
}

TEST(Budget, AFailedCallCostsNothing) {
  BudgetBook book = alice_has_1000();
  reserved(book, person("alice"), 900).cancel();
  EXPECT_EQ(charged(book), 0U);
  EXPECT_EQ(reserved(book, person("alice"), 1'000).settle(30).charged, 30U);
}

TEST(Budget, AForgottenReservationIsChargedWhole) {
  BudgetBook book = alice_has_1000();
  {
    const Reservation dropped = reserved(book, person("alice"), 900);
  }
  EXPECT_EQ(charged(book), 900U);
}

TEST(Budget, AMovedReservationIsChargedOnce) {
  BudgetBook book = alice_has_1000();
  Reservation first = reserved(book, person("alice"), 300);
  Reservation second = std::move(first);
  second = reserved(book, person("alice"), 200);
  EXPECT_EQ(charged(book), 300U);
  EXPECT_EQ(second.settle(20).charged, 20U);
  EXPECT_EQ(charged(book), 320U);
}

TEST(Budget, NoBoundIsLargeEnoughToWrap) {
  BudgetBook book = alice_has_1000();
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  EXPECT_TRUE(
      std::holds_alternative<BudgetExhausted>(reserve(book, person("alice"), kMost, kMost)));
  EXPECT_TRUE(std::holds_alternative<BudgetExhausted>(reserve(book, person("alice"), 1, kMost)));

  BudgetBook boundless({rule("r", LimitPer::Principal, kMost)});
  Reservation large = reserved(boundless, person("alice"), kMost / 2);
  EXPECT_TRUE(
      std::holds_alternative<BudgetExhausted>(reserve(boundless, person("alice"), kMost, kMost)));
  EXPECT_EQ(large.settle(kMost).charged, kMost / 2);
}

TEST(Budget, ChargesWhatAnEngineTookBeyondTheReservationAsFarAsThereIsRoom) {
  BudgetBook book = alice_has_1000();
  const Reservation other = reserved(book, person("alice"), 500);

  const Settlement within = reserved(book, person("alice"), 100).settle(250);
  EXPECT_EQ(within.charged, 250U);
  EXPECT_EQ(within.overrun, 150U);

  const Settlement beyond = reserved(book, person("alice"), 100).settle(900);
  EXPECT_EQ(beyond.charged, 250U);
  EXPECT_EQ(beyond.overrun, 800U);
  EXPECT_EQ(charged(book), 500U);
  EXPECT_EQ(book.overruns().times, 2U);
  EXPECT_EQ(book.overruns().tokens, 950U);
}

TEST(Budget, AnOverrunBeyondTheLeaseAsksForAnotherOne) {
  BudgetBook book({rule("r", LimitPer::Principal, 100'000)});

  const Settlement settlement = reserved(book, person("alice"), 10).settle(30'000);

  ASSERT_EQ(settlement.rows.size(), 1U);
  EXPECT_EQ(settlement.rows[0].charged, 30'000U);
}

TEST(Budget, TheTightestOfTheHierarchyBinds) {
  BudgetBook book({rule("tenant", LimitPer::Tenant, 1'500),
                   rule("user", LimitPer::Principal, 1'000), rule("key", LimitPer::Key, 100),
                   rule("model", LimitPer::Model, 200, BudgetPeriod::Month)});
  LimitSubject alice = person("alice");
  alice.key = "KD";
  EXPECT_EQ(reserved(book, alice, 80).settle(80).charged, 80U);
  EXPECT_EQ(exhausted(book, alice, 21).reason, "key_day");
  EXPECT_EQ(exhausted(book, alice, 2'000).reason, "key_day");
  EXPECT_EQ(exhausted(book, person("alice"), 121).reason, "model_month");
  EXPECT_EQ(exhausted(book, person("bob"), 121).limit, 200U);

  LimitSubject other_model = person("bob");
  other_model.model = "general";
  EXPECT_EQ(reserved(book, other_model, 200).settle(200).charged, 200U);
}

TEST(Budget, ARefusalByOneAccountChargesNone) {
  BudgetBook book({rule("tenant", LimitPer::Tenant, 100), rule("user", LimitPer::Principal, 50)});
  EXPECT_EQ(exhausted(book, person("alice"), 60).reason, "user_day");
  for (const BudgetUse& use : book.uses(person("alice"), kNow)) {
    EXPECT_EQ(use.reserved + use.charged, 0U);
  }
}

TEST(Budget, WaitsForTheLastPeriodOfThoseWithoutRoom) {
  BudgetBook book({rule("day", LimitPer::Principal, 10),
                   rule("month", LimitPer::Tenant, 20, BudgetPeriod::Month)});
  const BudgetExhausted refusal = exhausted(book, person("alice"), 30);
  EXPECT_EQ(refusal.reason, "user_day");
  EXPECT_EQ(kNow + refusal.retry_after, period_at(BudgetPeriod::Month, kNow).end);
}

TEST(Budget, CountsOnlyThoseWhomARuleNames) {
  BudgetRule narrow = rule("r", LimitPer::Principal, 10);
  narrow.scope = {.roles = {base::RoleName("user")}, .tenants = {}, .models = {"cod*"}};
  BudgetBook book({narrow, rule("key", LimitPer::Key, 10)});
  EXPECT_FALSE(book.counts(person("alice")));
  EXPECT_FALSE(reserved(book, person("alice"), 1'000).counted());

  const std::vector<base::RoleName> roles{base::RoleName("user")};
  LimitSubject user = person("alice");
  user.roles = roles;
  EXPECT_TRUE(book.counts(user));
  EXPECT_EQ(exhausted(book, user, 11).reason, "user_day");
}

TEST(Budget, ASmallerBudgetLetsRunningRequestsFinishAndRefusesTheNext) {
  BudgetBook book = alice_has_1000();
  Reservation running = reserved(book, person("alice"), 700);
  book.set_rules({rule("daily", LimitPer::Principal, 500)});

  EXPECT_EQ(exhausted(book, person("alice"), 1).remaining, 0U);
  EXPECT_EQ(running.settle(450).charged, 450U);
  EXPECT_EQ(exhausted(book, person("alice"), 51).remaining, 50U);
  EXPECT_EQ(reserved(book, person("alice"), 50).settle(50).charged, 50U);
}

TEST(Budget, RemovingARuleAndAddingItAgainForgetsNothing) {
  BudgetBook book = alice_has_1000();
  EXPECT_EQ(reserved(book, person("alice"), 900).settle(900).charged, 900U);
  book.set_rules({});
  EXPECT_FALSE(book.counts(person("alice")));
  book.set_rules({rule("daily", LimitPer::Principal, 1'000)});
  EXPECT_EQ(exhausted(book, person("alice"), 101).remaining, 100U);
}

TEST(Budget, EveryPeriodBeginsWithTheWholeBudget) {
  BudgetBook book = alice_has_1000();
  Reservation late = reserved(book, person("alice"), 1'000, kMidnight - base::Micros(1));
  EXPECT_EQ(reserved(book, person("alice"), 1'000, kMidnight).settle(10).charged, 10U);
  EXPECT_EQ(late.settle(700).charged, 700U);
  EXPECT_EQ(charged(book, "alice", kNow), 700U);
  EXPECT_EQ(charged(book, "alice", kMidnight), 10U);
}

TEST(Budget, ForgetsEndedPeriodsThatNobodyUses) {
  BudgetBook book = alice_has_1000();
  Reservation late = reserved(book, person("alice"), 100);
  EXPECT_EQ(reserved(book, person("bob"), 100).settle(1).charged, 1U);
  EXPECT_TRUE(book.take_ended(kMidnight + base::Seconds(3'599)).empty());

  const auto ended = book.take_ended(kMidnight + base::Seconds(3'600));
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].subject, "principal:bob");
  EXPECT_EQ(book.accounts(), 1U);

  late.cancel();
  EXPECT_EQ(book.take_ended(kMidnight + base::Seconds(3'600)).size(), 1U);
  EXPECT_EQ(book.accounts(), 0U);
}

TEST(Budget, RefusesNewSubjectsBeyondItsAccounts) {
  BudgetBook book({rule("r", LimitPer::Principal, 1'000)}, {.most_accounts = 1});
  EXPECT_TRUE(reserved(book, person("alice"), 1).counted());
  EXPECT_TRUE(std::holds_alternative<BudgetUnavailable>(reserve(book, person("bob"), 0, 1)));
  EXPECT_TRUE(reserved(book, person("alice"), 1).counted());
}

TEST(BudgetLease, IsDurableBeforeItsTokensAreUsed) {
  BudgetBook book({rule("r", LimitPer::Principal, 2'000'000)});

  auto outcome = book.reserve(person("alice"), 100, 200, kNow);

  const auto* const wanted = std::get_if<BudgetLeaseWanted>(&outcome);
  ASSERT_NE(wanted, nullptr);
  ASSERT_EQ(wanted->rows.size(), 1U);
  EXPECT_EQ(wanted->rows[0].account.rule, "r");
  EXPECT_EQ(wanted->rows[0].account.subject, "principal:alice");
  EXPECT_EQ(wanted->rows[0].account.start, kMidnight - base::Seconds(86'400));
  EXPECT_EQ(wanted->rows[0].charged, 0U);
  EXPECT_EQ(wanted->rows[0].leased, 20'000U);
  EXPECT_EQ(book.uses(person("alice"), kNow)[0].reserved, 0U);
  book.lease_written(wanted->rows);
  EXPECT_TRUE(std::holds_alternative<Reservation>(book.reserve(person("alice"), 100, 200, kNow)));
}

TEST(BudgetLease, IsAtLeastTenThousandAndNeverMoreThanIsLeft) {
  const auto leased = [](uint64_t budget, uint64_t tokens) {
    BudgetBook book({rule("r", LimitPer::Principal, budget)});
    const auto outcome = book.reserve(person("alice"), 0, tokens, kNow);
    return std::get<BudgetLeaseWanted>(outcome).rows.at(0).leased;
  };
  EXPECT_EQ(leased(500'000, 1), 10'000U);
  EXPECT_EQ(leased(1'000, 1), 1'000U);
  EXPECT_EQ(leased(500'000, 70'000), 70'000U);
  EXPECT_EQ(leased(500'000, 500'000), 500'000U);
}

TEST(BudgetLease, OfAnEarlierAnswerDoesNotTakeBackALaterOne) {
  BudgetBook book({rule("r", LimitPer::Principal, 500'000)});
  const auto small = book.reserve(person("alice"), 0, 1, kNow);
  const auto large = book.reserve(person("alice"), 0, 70'000, kNow);
  book.lease_written(std::get<BudgetLeaseWanted>(large).rows);
  book.lease_written(std::get<BudgetLeaseWanted>(small).rows);
  EXPECT_TRUE(std::holds_alternative<Reservation>(book.reserve(person("alice"), 0, 70'000, kNow)));
}

TEST(BudgetLease, ThatIsOpenAtACrashCountsAsSpent) {
  const std::vector<LeaseRow> rows{{.account = {.rule = "r",
                                                .subject = "principal:alice",
                                                .period = BudgetPeriod::Day,
                                                .start = period_at(BudgetPeriod::Day, kNow).start},
                                    .charged = 5'000,
                                    .leased = 10'000}};
  BudgetBook book({rule("r", LimitPer::Principal, 20'000)});
  book.load(rows);
  EXPECT_EQ(charged(book), 15'000U);
  EXPECT_EQ(exhausted(book, person("alice"), 5'001).remaining, 5'000U);
  EXPECT_TRUE(reserved(book, person("alice"), 5'000).counted());
}

TEST(BudgetLease, EndsWithACleanStop) {
  BudgetBook book({rule("r", LimitPer::Principal, 20'000)});
  EXPECT_EQ(reserved(book, person("alice"), 900).settle(30).charged, 30U);
  Reservation open = reserved(book, person("alice"), 100);

  const std::vector<LeaseRow> rows = book.close();

  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].charged, 130U);
  EXPECT_EQ(rows[0].leased, 0U);
  EXPECT_TRUE(std::holds_alternative<BudgetUnavailable>(book.reserve(person("alice"), 0, 1, kNow)));
  (void)open.settle(1);
  EXPECT_EQ(charged(book), 130U);
}

TEST(Budget, AReservationMayOutliveTheBook) {
  auto book = std::make_unique<BudgetBook>(alice_has_1000());
  Reservation running = reserved(*book, person("alice"), 10);
  book.reset();
  EXPECT_EQ(running.settle(5).charged, 5U);
}

}  // namespace
}  // namespace srasta::access
