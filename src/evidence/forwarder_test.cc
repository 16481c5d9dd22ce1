// The forwarder with sinks that do as they are told.
#include "evidence/forwarder.h"

#include "evidence/stored_log_test.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

using base::Code;

/// What sinks got and what was told, for any thread.
struct Outside {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, std::vector<uint64_t>> accepted;  ///< numbers of records by stream
  std::vector<std::string> told;
  std::vector<SinkLag> lags;
  std::vector<Code> answers;  ///< of the next attempts; then everything is accepted
  bool hang = false;
  size_t attempts = 0;

  template <typename Condition>
  [[nodiscard]] bool wait(Condition condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), condition);
  }
  template <typename Change>
  void change(Change change) {
    const std::scoped_lock lock(mutex);
    change();
    changed.notify_all();
  }
  [[nodiscard]] bool was_told(std::string_view part) const {
    return std::ranges::any_of(told, [&](const auto& line) { return line.contains(part); });
  }
};

class ToldSink final : public Sink {
 public:
  explicit ToldSink(Outside& outside) : outside_(outside) {}

  net::Task<base::Result<void>> deliver(const SinkBatch& batch, net::Scope& scope) override {
    bool hang = false;
    Code answer{};
    bool fails = false;
    outside_.change([&] {
      ++outside_.attempts;
      hang = outside_.hang;
      fails = !outside_.answers.empty();
      if (fails) answer = outside_.answers.front();
      if (fails) outside_.answers.erase(outside_.answers.begin());
    });
    if (hang) {
      (void)co_await net::Sleep(scope, base::Seconds(3600));
      co_return base::make_error(Code::Timeout, "it hangs");
    }
    if (fails) co_return base::make_error(answer, "not now");
    outside_.change([&] {
      for (const SinkRecord& record : batch.records) {
        outside_.accepted[batch.stream].push_back(record.seq);
      }
    });
    co_return base::Result<void>();
  }

 private:
  Outside& outside_;
};

class ForwarderTest : public ::testing::Test {
 protected:
  ForwarderTest() { settings_.sinks.push_back(sink("siem", outside_)); }

  static Forwarder::SinkSettings sink(std::string name, Outside& outside) {
    return {.name = std::move(name), .make = [&outside](net::Loop&, net::BlockingPool&) {
              return std::make_unique<ToldSink>(outside);
            }};
  }
  /// All of it signed; the next ones need another `log_.open`.
  void write(size_t count) {
    log_.add_many(count);
    ASSERT_TRUE(log_.ledger->close().ok());
    end_ = log_.end();
  }
  void start() {
    auto opened = Forwarder::open(log_.files, clock_, entropy_, settings_,
                                  {.tell =
                                       [this](const std::string& line) {
                                         outside_.change([&] { outside_.told.push_back(line); });
                                       },
                                   .on_lag =
                                       [this](const SinkLag& lag) {
                                         outside_.change([&] { outside_.lags.push_back(lag); });
                                       }});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    forwarder_ = *std::move(opened);
  }
  [[nodiscard]] bool has_all(Outside& outside) const {
    return outside.wait([&] { return outside.accepted["gateway"].size() >= end_; });
  }
  void expect_each_once(Outside& outside) const {
    const std::scoped_lock lock(outside.mutex);
    const std::vector<uint64_t>& got = outside.accepted["gateway"];
    ASSERT_EQ(got.size(), end_);
    for (uint64_t seq = 0; seq < end_; ++seq) ASSERT_EQ(got[seq], seq);
  }

  StoredLog log_;
  base::SystemClock clock_;
  testing::SeededEntropy entropy_{5};
  Outside outside_;
  uint64_t end_ = 0;
  Forwarder::Settings settings_{.data_folder = "/data",
                                .install_id = "inst-1",
                                .look_every = base::Millis(5),
                                .pause = {base::Millis(2), base::Millis(10)},
                                .batch = {.records = 10}};
  std::unique_ptr<Forwarder> forwarder_;
};

TEST_F(ForwarderTest, SendsEachRecordInOrderThroughFailures) {
  write(100);
  outside_.answers = {Code::Unavailable, Code::Timeout, Code::Denied, Code::Unavailable};
  start();
  ASSERT_TRUE(has_all(outside_));
  expect_each_once(outside_);
  EXPECT_TRUE(outside_.wait([&] { return outside_.was_told("sink siem takes records again"); }));
  EXPECT_EQ(std::ranges::count(outside_.told, "audit: sink siem: is not reached: not now"), 1)
      << "one line for one problem";
}

TEST_F(ForwarderTest, GoesOnAfterARestartWithoutSendingAgain) {
  write(50);
  start();
  ASSERT_TRUE(has_all(outside_));
  forwarder_.reset();
  log_.ledger.reset();
  log_.open(uint64_t{1} << 20);
  write(30);
  start();
  ASSERT_TRUE(has_all(outside_));
  expect_each_once(outside_);
}

TEST_F(ForwarderTest, ASinkThatHangsHoldsUpNoOtherAndEndsAtOnce) {
  write(60);
  Outside other;
  settings_.sinks.push_back(sink("hook", other));
  outside_.hang = true;
  settings_.within = base::Seconds(1000);
  start();
  ASSERT_TRUE(has_all(other));
  expect_each_once(other);
  ASSERT_TRUE(outside_.wait([&] { return outside_.attempts == 1; }));
  forwarder_.reset();
  EXPECT_EQ(outside_.attempts, 1U);
  EXPECT_TRUE(outside_.accepted.empty());
}

TEST_F(ForwarderTest, FinishSendsWhatIsThereHoweverLongASinkIsLeftAlone) {
  settings_.look_every = base::Seconds(1000);
  settings_.pause = {base::Seconds(1000), base::Seconds(1000)};
  write(30);
  outside_.answers = {Code::Unavailable};
  start();
  ASSERT_TRUE(outside_.wait([&] { return outside_.attempts == 1; }));

  EXPECT_TRUE(forwarder_->finish(base::Seconds(20)));

  expect_each_once(outside_);
}

TEST_F(ForwarderTest, FinishIsHeldUpByASinkThatHangsForItsLimitOnly) {
  Outside other;
  settings_.sinks.push_back(sink("hook", other));
  settings_.within = base::Seconds(1000);
  outside_.hang = true;
  write(30);
  start();
  ASSERT_TRUE(outside_.wait([&] { return outside_.attempts == 1; }));

  EXPECT_FALSE(forwarder_->finish(base::Millis(50)));

  EXPECT_TRUE(has_all(other));
  forwarder_.reset();
  EXPECT_TRUE(outside_.accepted.empty());
}

TEST_F(ForwarderTest, FinishIsOverWhenASinkDoesNotTakeItsPart) {
  write(30);
  outside_.answers = std::vector<Code>(3, Code::Unavailable);
  settings_.pause = {base::Seconds(1000), base::Seconds(1000)};
  start();
  ASSERT_TRUE(outside_.wait([&] { return outside_.attempts == 1; }));

  EXPECT_TRUE(forwarder_->finish(base::Seconds(20)));

  EXPECT_EQ(outside_.attempts, 2U);
  EXPECT_TRUE(outside_.accepted.empty());
}

TEST_F(ForwarderTest, GivesUpAnAttemptInTime) {
  write(5);
  outside_.hang = true;
  settings_.within = base::Millis(20);
  start();
  ASSERT_TRUE(outside_.wait([&] { return outside_.attempts >= 3; }));
  outside_.change([&] { outside_.hang = false; });
  ASSERT_TRUE(has_all(outside_));
  expect_each_once(outside_);
}

TEST_F(ForwarderTest, TellsOfALagAndOfItsEnd) {
  write(80);
  settings_.sinks.front().lag.records = 40;
  // By the clock of the host, these records are months old.
  settings_.sinks.front().lag.age = base::Micros::max() / 4;
  outside_.answers.assign(5, Code::Unavailable);
  start();
  ASSERT_TRUE(outside_.wait([&] { return outside_.lags.size() == 2; }));
  EXPECT_TRUE(outside_.lags[0].lagging);
  EXPECT_EQ(outside_.lags[0].sink, "siem");
  EXPECT_EQ(outside_.lags[0].stream, "gateway");
  EXPECT_EQ(outside_.lags[0].behind, end_);
  EXPECT_FALSE(outside_.lags[1].lagging);
  EXPECT_LE(outside_.lags[1].behind, 20U);
}

TEST_F(ForwarderTest, CallsARecordOfAnHourAgoALag) {
  write(3);
  settings_.sinks.front().lag.age = base::Seconds(3600);
  outside_.answers.assign(3, Code::Unavailable);
  start();
  ASSERT_TRUE(outside_.wait([&] { return outside_.lags.size() == 2; }));
  EXPECT_TRUE(outside_.lags[0].lagging);
}

TEST_F(ForwarderTest, StopsAStreamThatIsNotWhatWasWritten) {
  write(100);
  ASSERT_TRUE(log_.change(R"("rid":"r-55")", R"("rid":"r-99")"));
  start();
  ASSERT_TRUE(outside_.wait([&] { return outside_.was_told("gateway stops: record"); }));
  const size_t got = outside_.accepted["gateway"].size();
  EXPECT_GT(got, 50U);
  EXPECT_LT(got, 60U);
}

TEST_F(ForwarderTest, SendsOnlyTheStreamsThatAreAskedFor) {
  write(20);
  Outside other;
  settings_.sinks.push_back(sink("hook", other));
  settings_.sinks.back().streams = {"install"};
  start();
  ASSERT_TRUE(has_all(outside_));
  EXPECT_EQ(other.attempts, 0U);
}

TEST_F(ForwarderTest, LeavesOutASinkWhosePositionIsLost) {
  write(20);
  (void)log_.files.make_folder("/data/forward");
  log_.files.put("/data/forward/siem.cursor", "nonsense");
  Outside other;
  settings_.sinks.push_back(sink("hook", other));
  start();
  ASSERT_TRUE(has_all(other));
  EXPECT_TRUE(outside_.was_told("sink siem gets nothing: /data/forward/siem.cursor is damaged"));
  EXPECT_EQ(outside_.attempts, 0U);
}

}  // namespace
}  // namespace srasta::evidence
