#include "gateway/lease_store.h"

#include "base/file.h"
#include "gateway/lease_writer.h"

#include <atomic>
#include <filesystem>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::gateway {
namespace {

using access::BudgetBook;
using access::LeaseRow;

constexpr base::WallTime kNow{base::Seconds(1'767'323'045)};

LeaseRow row(std::string subject, uint64_t charged, uint64_t leased,
             access::BudgetPeriod period = access::BudgetPeriod::Day) {
  return {.account = {.rule = "r",
                      .subject = std::move(subject),
                      .period = period,
                      .start = access::period_at(period, kNow).start},
          .charged = charged,
          .leased = leased};
}

access::LimitSubject alice() {
  return {.principal = "alice", .tenant = "acme", .roles = {}, .key = {}, .model = {}};
}

std::vector<access::BudgetRule> budget(uint64_t tokens) {
  return {{.name = "r", .per = access::LimitPer::Principal, .scope = {}, .tokens = tokens}};
}

class Leases : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "srasta-lease-XXXXXX";
    ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
    reopen();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void reopen() {
    store_ = nullptr;
    auto store = LeaseStore::open(folder_);
    ASSERT_TRUE(store.ok()) << store.error().message;
    store_ = *std::move(store);
  }

  std::string folder_;
  std::unique_ptr<LeaseStore> store_;
};

TEST_F(Leases, ComeBackAsTheyWereWritten) {
  const LeaseRow day = row(std::string("model:a\0\xC3\xA9", 10), 5, 10'000);
  const LeaseRow month = row("tenant:acme", 0, 7, access::BudgetPeriod::Month);
  ASSERT_TRUE(store_->write(std::vector{day, month}).ok());
  reopen();
  const auto rows = store_->load();
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].account, day.account);
  EXPECT_EQ((*rows)[0].charged, 5U);
  EXPECT_EQ((*rows)[0].leased, 10'000U);
  EXPECT_EQ((*rows)[1].account, month.account);
}

TEST_F(Leases, NeverTakeBackALargerMark) {
  ASSERT_TRUE(store_->write(std::vector{row("s", 100, 20'000)}).ok());
  ASSERT_TRUE(store_->write(std::vector{row("s", 90, 10'000)}).ok());
  EXPECT_EQ((*store_->load())[0].leased, 20'000U);
  ASSERT_TRUE(store_->write(std::vector{row("s", 20'000, 100)}).ok());
  EXPECT_EQ((*store_->load())[0].charged, 20'000U);
}

TEST_F(Leases, OfEndedPeriodsAreErased) {
  ASSERT_TRUE(store_->write(std::vector{row("a", 1, 1), row("b", 1, 1)}).ok());
  ASSERT_TRUE(store_->erase(std::vector{row("a", 0, 0).account}).ok());
  ASSERT_EQ(store_->load()->size(), 1U);
  EXPECT_EQ((*store_->load())[0].account.subject, "b");
}

TEST_F(Leases, AreFinalOnceClosed) {
  ASSERT_TRUE(store_->write(std::vector{row("s", 100, 20'000)}).ok());
  ASSERT_TRUE(store_->close(std::vector{row("s", 130, 0)}).ok());
  EXPECT_EQ(store_->write(std::vector{row("s", 100, 30'000)}).error().code,
            base::Code::Unavailable);
  reopen();
  EXPECT_EQ((*store_->load())[0].charged, 130U);
  EXPECT_EQ((*store_->load())[0].leased, 0U);
}

TEST_F(Leases, InADamagedFileStopTheStartAndStayAsTheyAre) {
  store_ = nullptr;
  base::PosixFileSystem files;
  const std::string path = folder_ + "/gateway.db";
  ASSERT_TRUE(base::write_file_atomic(files, path, std::string(4'096, 'x')).ok());
  EXPECT_EQ(LeaseStore::open(folder_).error().code, base::Code::Corrupt);
  EXPECT_EQ(*base::read_file(files, path, 10'000), std::string(4'096, 'x'));
}

TEST_F(Leases, AreWrittenForAReservationThatNeedsOne) {
  BudgetBook book(budget(20'000));
  LeaseWriter writer(book, *store_);
  auto reserved = writer.reserve({alice(), 100, 900, kNow});
  ASSERT_TRUE(reserved.ok());
  EXPECT_EQ((*store_->load())[0].leased, 10'000U);

  EXPECT_EQ(std::get<BudgetBook::Reservation>(*reserved).settle(30).charged, 30U);
  ASSERT_TRUE(writer.close().ok());
  reopen();
  EXPECT_EQ((*store_->load())[0].charged, 30U);
  EXPECT_EQ((*store_->load())[0].leased, 0U);
}

TEST_F(Leases, ThatCannotBeWrittenReserveNothing) {
  BudgetBook book(budget(20'000));
  LeaseWriter writer(book, *store_);
  ASSERT_TRUE(store_->close({}).ok());
  EXPECT_EQ(writer.reserve({alice(), 100, 900, kNow}).error().code, base::Code::Unavailable);
  EXPECT_EQ(book.uses(alice(), kNow)[0].reserved, 0U);
}

TEST_F(Leases, OfManySubjectsAreWrittenForAllThatAsk) {
  BudgetBook book(budget(20'000));
  LeaseWriter writer(book, *store_);
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back("caller-" + std::to_string(i));
  std::vector<LeaseRequest> requests;
  for (const std::string& name : names) {
    requests.push_back({{.principal = name, .tenant = "acme", .roles = {}, .key = {}, .model = {}},
                        100,
                        900,
                        kNow});
  }
  // Three of one person, who has room for two: the last one is refused, nobody else is.
  for (int i = 0; i < 3; ++i) requests.push_back({alice(), 0, 8'000, kNow});

  const auto outcomes = writer.reserve_all(requests);

  ASSERT_EQ(outcomes.size(), 203U);
  for (size_t i = 0; i < 202; ++i) {
    ASSERT_TRUE(outcomes[i].ok()) << i;
    EXPECT_TRUE(std::holds_alternative<BudgetBook::Reservation>(*outcomes[i])) << i;
  }
  EXPECT_TRUE(std::holds_alternative<access::BudgetExhausted>(*outcomes[202]));
  EXPECT_EQ(store_->load()->size(), 201U);
}

TEST_F(Leases, OfAllThatAskAreRefusedWhenTheyCannotBeWritten) {
  BudgetBook book(budget(20'000));
  LeaseWriter writer(book, *store_);
  ASSERT_TRUE(store_->close({}).ok());
  const std::vector<LeaseRequest> requests(3, {alice(), 100, 900, kNow});
  for (const auto& outcome : writer.reserve_all(requests)) {
    EXPECT_EQ(outcome.error().code, base::Code::Unavailable);
  }
  EXPECT_EQ(book.uses(alice(), kNow)[0].reserved, 0U);
}

TEST_F(Leases, AreDroppedWithTheirPeriod) {
  BudgetBook book(budget(20'000));
  LeaseWriter writer(book, *store_);
  {
    const auto dropped = writer.reserve({alice(), 100, 900, kNow});
  }
  ASSERT_TRUE(writer.tidy(kNow).ok());
  EXPECT_EQ(store_->load()->size(), 1U);
  ASSERT_TRUE(writer.tidy(kNow + base::Seconds(2 * 86'400)).ok());
  EXPECT_EQ(store_->load()->size(), 0U);
}

TEST_F(Leases, OfAThousandRequestsAtOnceAreWrittenForThemTogether) {
  constexpr int kThreads = 8;
  BudgetBook book(budget(1'000'000));
  LeaseWriter writer(book, *store_);
  std::atomic<uint64_t> charged = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 125; ++i) {
        auto outcome = writer.reserve({alice(), 100, 400, kNow});
        if (!outcome) continue;
        auto* const held = std::get_if<BudgetBook::Reservation>(&*outcome);
        if (held != nullptr) charged += held->settle(50).charged;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(charged, 50'000U);
  EXPECT_EQ(book.uses(alice(), kNow)[0].charged, 50'000U);
  const LeaseRow last = (*store_->load())[0];
  EXPECT_GE(last.charged + last.leased, 50'000U);
}

}  // namespace
}  // namespace srasta::gateway
