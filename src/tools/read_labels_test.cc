#include "tools/read_labels.h"

#include "base/clock.h"
#include "tools/database.h"

#include <filesystem>
#include <functional>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::tools {
namespace {

using policy::Label;

constexpr int64_t kNow = 1'800'000'000;
constexpr int64_t kDay = 86'400;

struct Reading {
  const char* principal;
  Label label;
  int64_t at;
};

class ReadLabelsTest : public testing::Test {
 protected:
  ReadLabelsTest() : log_(clock_, STDERR_FILENO, "tools", base::Level::Error) {
    folder_ = std::filesystem::temp_directory_path() /
              ("labels-" + std::to_string(::getpid()) + "-" +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_ / "tools");
  }
  ~ReadLabelsTest() override { std::filesystem::remove_all(folder_); }

  /// A service that starts, reads what is given, and goes on to `then` before it ends. Whether each
  /// was remembered.
  std::vector<bool> serve(int64_t now, const std::vector<Reading>& readings,
                          const std::function<void(const ReadLabels&)>& then, size_t most = 100) {
    net::Loop loop(clock_);
    StoreThread store(loop);
    ReadLabels labels({.log = log_, .store = store, .most_principals = most});
    sql::Connection database = *open_database(folder_.string());
    EXPECT_TRUE(labels.load(database, now));
    store.start(std::move(database));
    std::vector<bool> remembered;
    net::spawn(read(loop, labels, readings, remembered));
    loop.run();
    then(labels);
    store.stop();
    return remembered;
  }

  static net::Task<void> read(net::Loop& loop, ReadLabels& labels,
                              const std::vector<Reading>& readings, std::vector<bool>& remembered) {
    for (const Reading& each : readings) {
      const bool kept = co_await labels.remember(each.principal, each.label, each.at);
      remembered.push_back(kept);
    }
    loop.post([&loop] { loop.stop(); });
  }

  base::SystemClock clock_;
  base::Log log_;
  std::filesystem::path folder_;
};

using All = std::vector<bool>;

TEST_F(ReadLabelsTest, KeepsTheHighestOfADayAcrossStarts) {
  const All remembered = serve(kNow,
                               {{"alice", Label::Internal, kNow},
                                {"alice", Label::Confidential, kNow + 1},
                                {"alice", Label::Public, kNow + 2}},
                               [](const ReadLabels& labels) {
                                 EXPECT_EQ(labels.of("alice", kNow + 2), Label::Confidential);
                                 EXPECT_EQ(labels.of("bob", kNow + 2), std::nullopt);
                               });
  EXPECT_EQ(remembered, (All{true, true, true}));
  (void)serve(kNow + 3, {}, [](const ReadLabels& labels) {
    EXPECT_EQ(labels.of("alice", kNow + 3), Label::Confidential);
    EXPECT_EQ(labels.of("alice", kNow + kDay), Label::Confidential);
    EXPECT_EQ(labels.of("alice", kNow + kDay + 1), std::nullopt);
  });
}

TEST_F(ReadLabelsTest, ReadingOnKeepsTheMemoryYoung) {
  (void)serve(kNow,
              {{"alice", Label::Confidential, kNow},
               {"alice", Label::Confidential, kNow + 1000},
               {"alice", Label::Internal, kNow + 2000}},
              [](const ReadLabels& labels) {
                EXPECT_EQ(labels.of("alice", kNow + kDay + 999), Label::Confidential);
                EXPECT_EQ(labels.of("alice", kNow + kDay + 1000), std::nullopt);
              });
  constexpr int64_t kLater = kNow + kDay + 1001;
  (void)serve(kLater, {{"alice", Label::Public, kLater}}, [](const ReadLabels& labels) {
    EXPECT_EQ(labels.of("alice", kLater), Label::Public);
  });
}

TEST_F(ReadLabelsTest, RefusesWhomItCannotRemember) {
  const All remembered = serve(
      kNow,
      {{"a", Label::Internal, kNow},
       {"b", Label::Internal, kNow + 100},
       {"c", Label::Internal, kNow + 100},          // there is no place
       {"a", Label::Restricted, kNow + 100},        // it has one
       {"c", Label::Internal, kNow + kDay + 100}},  // others were forgotten
      [](const ReadLabels&) {}, 2);
  EXPECT_EQ(remembered, (All{true, true, false, true, true}));
}

}  // namespace
}  // namespace srasta::tools
