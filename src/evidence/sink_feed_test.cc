#include "evidence/sink_feed.h"

#include "evidence/stored_log_test.h"

#include <vector>

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

using base::Code;

constexpr const char* kFolder = "/data/audit/gateway";

class SinkFeedTest : public ::testing::Test {
 protected:
  SinkFeed feed(SinkPosition from = {}, SinkFeed::Limits limits = {}) {
    return SinkFeed(log_.files, kFolder, from, limits);
  }

  /// What is committed at once goes to one segment.
  void fill_segments() {
    log_.ledger.reset();
    log_.open(20'000);
    for (int i = 0; i < 8; ++i) log_.add_many(60);
    ASSERT_GT(segments().size(), 5U);
  }
  [[nodiscard]] std::vector<std::string> segments() {
    return *log_.files.list(std::string(kFolder) + "/seg");
  }
  [[nodiscard]] bool remove_segment(const std::string& name) {
    return log_.files.remove(std::string(kFolder) + "/seg/" + name).ok();
  }

  /// Takes everything up to `end`; checks the order.
  SinkPosition drain(SinkFeed& feed, uint64_t end) {
    uint64_t next = feed.position().next;
    while (true) {
      const auto batch = feed.pending(end);
      EXPECT_TRUE(batch.ok()) << batch.error().message;
      if (!batch || *batch == nullptr) break;
      EXPECT_EQ((*batch)->stream, "gateway");
      for (const SinkRecord& record : (*batch)->records) {
        EXPECT_EQ(record.seq, next++);
        EXPECT_EQ(audit::intact_leaf(record.line, record.seq), record.leaf);
      }
      feed.accept();
      ++batches_;
    }
    EXPECT_EQ(next, end);
    return feed.position();
  }

  StoredLog log_;
  size_t batches_ = 0;
};

TEST_F(SinkFeedTest, GivesEachRecordOnceAcrossSegments) {
  fill_segments();
  SinkFeed all = feed();
  const SinkPosition position = drain(all, log_.end());
  EXPECT_GT(batches_, 5U);
  // Goes on where it was, and after a restart too.
  log_.add_many(100);
  drain(all, log_.end());
  SinkFeed later = feed(position);
  EXPECT_EQ(drain(later, log_.end()), all.position());
}

TEST_F(SinkFeedTest, GoesOnBehindAnyRecord) {
  log_.add_many(120);
  SinkFeed one = feed({}, {.records = 1});
  std::vector<SinkPosition> positions{one.position()};
  while (*one.pending(log_.end()) != nullptr) positions.push_back(one.accept());
  ASSERT_EQ(positions.size(), log_.end() + 1);
  for (const SinkPosition& position : positions) {
    SinkFeed from = feed(position);
    EXPECT_EQ(drain(from, log_.end()), positions.back());
  }
}

TEST_F(SinkFeedTest, GivesNothingThatIsNotDurableAndTheSameUntilItIsAccepted) {
  log_.add_many(50);
  SinkFeed feed = this->feed();
  EXPECT_EQ(*feed.pending(0), nullptr);
  ASSERT_NE(*feed.pending(10), nullptr);
  EXPECT_EQ((*feed.pending(30))->records.size(), 10U);
  feed.accept();
  EXPECT_EQ(*feed.pending(10), nullptr);
  EXPECT_EQ((*feed.pending(11))->records.size(), 1U);
}

TEST_F(SinkFeedTest, BoundsABatchByRecordsAndBytes) {
  log_.add_many(300);
  SinkFeed few = feed({}, {.records = 7});
  EXPECT_EQ((*few.pending(log_.end()))->records.size(), 7U);
  SinkFeed small = feed({}, {.records = 256, .bytes = 2000});
  const SinkBatch& batch = **small.pending(log_.end());
  size_t bytes = 0;
  for (const SinkRecord& record : batch.records) bytes += record.line.size();
  EXPECT_GE(bytes, 2000U);
  EXPECT_LT(bytes - batch.records.back().line.size(), 2000U);
  drain(small, log_.end());
}

TEST_F(SinkFeedTest, SendsWhatIsRightAndStopsAtWhatWasChanged) {
  log_.add_many(100);
  ASSERT_TRUE(log_.change(R"("rid":"r-7")", R"("rid":"r-8")"));
  SinkFeed feed = this->feed();
  const auto before = feed.pending(log_.end());
  ASSERT_TRUE(before.ok() && *before != nullptr);
  const uint64_t wrong = (*before)->records.back().seq + 1;
  for (const SinkRecord& record : (*before)->records) {
    EXPECT_EQ(record.line.find("\"r-8\""), std::string::npos);
  }
  feed.accept();
  for (int i = 0; i < 2; ++i) {
    const auto refused = feed.pending(log_.end());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::Corrupt);
    EXPECT_EQ(refused.error().message,
              "record " + std::to_string(wrong) + " of gateway is not what was written");
  }
}

TEST_F(SinkFeedTest, NoticesThatTheLogWasReplacedOrCut) {
  log_.add_many(100);
  SinkFeed sent = feed();
  SinkPosition position = drain(sent, log_.end());
  EXPECT_EQ(*feed(position).pending(log_.end() - 1), nullptr) << "only a signature is missing";

  SinkPosition other = position;
  other.last[0] ^= 1;
  EXPECT_EQ(feed(other).pending(log_.end()).error().message,
            "record " + std::to_string(other.next - 1) +
                " of gateway is not the one that was sent: the log was changed or replaced");
  position.next += 5;
  EXPECT_EQ(feed(position).pending(log_.end()).error().code, Code::Corrupt);
}

TEST_F(SinkFeedTest, NoticesASegmentThatIsGone) {
  fill_segments();
  const std::vector<std::string> names = segments();
  ASSERT_TRUE(remove_segment(names[2]));
  SinkFeed feed = this->feed();
  base::Error error;
  while (error.message.empty()) {
    const auto batch = feed.pending(log_.end());
    if (!batch) {
      error = batch.error();
    } else {
      ASSERT_NE(*batch, nullptr);
      feed.accept();
    }
  }
  EXPECT_EQ(error.code, Code::Corrupt);
  EXPECT_TRUE(error.message.ends_with("of gateway is missing")) << error.message;
  ASSERT_TRUE(remove_segment(names[0]));
  EXPECT_FALSE(this->feed().pending(log_.end()).ok()) << "a log without its beginning";
}

}  // namespace
}  // namespace srasta::evidence
