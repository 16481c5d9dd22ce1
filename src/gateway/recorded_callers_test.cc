#include "gateway/recorded_callers.h"

#include "base/clock.h"
#include "base/entropy.h"
#include "net/loop.h"

#include <filesystem>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::gateway {
namespace {

constexpr std::string_view kTenant = "acme";
constexpr std::string_view kAddress = "alice@example.com";

class RecordedCallersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "srasta-callers-XXXXXX";
    ASSERT_NE(::mkdtemp(folder_.data()), nullptr);
    store_ = opened();
    keeper_ = std::make_unique<CommitmentKeeper>(log_, opened());
    callers_ = std::make_unique<RecordedCallers>(*keeper_);
  }
  void TearDown() override {
    keeper_->stop();
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<erasure::SaltStore> opened() {
    auto store = erasure::SaltStore::open(folder_, entropy_);
    EXPECT_TRUE(store.ok()) << store.error().message;
    return *std::move(store);
  }
  static net::Task<void> ask_and_stop(RecordedCallers& callers, net::Loop& loop,
                                      std::string_view id,
                                      std::optional<RecordedCallers::Name>& answer) {
    net::Scope scope(loop);
    answer = co_await callers.ask(scope, kTenant, id);
    loop.stop();
  }
  std::optional<RecordedCallers::Name> ask(std::string_view id) {
    // What comes late still finds its loop.
    net::Loop& loop = *loops_.emplace_back(std::make_unique<net::Loop>(clock_));
    std::optional<RecordedCallers::Name> answer;
    net::spawn(ask_and_stop(*callers_, loop, id, answer));
    loop.run();
    return answer;
  }

  base::SystemClock clock_;
  base::SystemEntropy entropy_;
  base::Log log_{clock_, -1, "test", base::Level::Error};
  std::string folder_;
  std::vector<std::unique_ptr<net::Loop>> loops_;
  std::unique_ptr<erasure::SaltStore> store_;  ///< as another process has it
  std::unique_ptr<CommitmentKeeper> keeper_;
  std::unique_ptr<RecordedCallers> callers_;
};

TEST_F(RecordedCallersTest, NameAPlainIdByItselfWithoutAsking) {
  const auto plain = callers_->find(kTenant, "u-1");
  ASSERT_TRUE(plain.has_value());
  EXPECT_FALSE(plain->has_value());
  EXPECT_FALSE(callers_->find(kTenant, kAddress).has_value());
  callers_->commit_all(true);
  EXPECT_FALSE(callers_->find(kTenant, "u-1").has_value());
}

TEST_F(RecordedCallersTest, RememberWhatWasAskedForOnce) {
  const auto asked = ask(kAddress);
  ASSERT_TRUE(asked && *asked);
  EXPECT_EQ(callers_->find(kTenant, kAddress), asked);
  EXPECT_EQ(*store_->find({.tenant = kTenant, .id = kAddress}), **asked);
  EXPECT_FALSE(callers_->find("globex", kAddress).has_value());
}

TEST_F(RecordedCallersTest, ForgetWhatAnotherProcessErased) {
  const auto before = ask(kAddress);
  const uint64_t stamp = callers_->stamp();
  ASSERT_TRUE(store_->erase({.tenant = kTenant, .id = kAddress}, 0)->now);

  EXPECT_NE(callers_->stamp(), stamp);
  EXPECT_FALSE(callers_->find(kTenant, kAddress).has_value());
  const auto after = ask(kAddress);
  ASSERT_TRUE(after && *after);
  EXPECT_NE(after, before);
}

TEST_F(RecordedCallersTest, HaveAnotherStampUnderAnotherRule) {
  const uint64_t stamp = callers_->stamp();
  callers_->commit_all(true);
  EXPECT_NE(callers_->stamp(), stamp);
}

TEST_F(RecordedCallersTest, GiveNoNameWhenNoKeyCanBeHad) {
  auto other = sql::Connection::open(
      {.path = folder_ + "/salts.db", .migrations = {""}, .deletion = sql::Deletion::Erasing});
  ASSERT_TRUE(other.ok()) << other.error().message;
  auto holding = other->begin(sql::Lock::All);
  ASSERT_TRUE(holding.ok());

  EXPECT_FALSE(ask(kAddress).has_value());

  EXPECT_TRUE(holding->commit().ok());
}

}  // namespace
}  // namespace srasta::gateway
