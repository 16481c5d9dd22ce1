#include "audit/seek_record.h"

#include "audit/installation_test.h"
#include "audit/signed_ledger_test.h"

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

constexpr const char* kSegment = "/seg";

/// Records 0 to 599, of different lengths: 400 KiB.
std::string many_records() {
  SignedStream stream("inst-1", "gateway", "epochs", "log key");
  testing::SeededEntropy dice(3);
  while (stream.size() < 600) {
    stream.append("inference.request", "\"a\":\"" + std::string(dice.below(600), 'a') + "\"");
  }
  std::string all;
  for (const std::string& line : stream.lines) all += line;
  return all;
}

class SeekRecord : public ::testing::Test {
 protected:
  base::File& segment(const std::string& content) {
    files_.put(kSegment, content);
    file_ = *files_.open(kSegment, base::OpenMode::Read);
    return *file_;
  }

  const std::string all_ = many_records();

 private:
  testing::FaultyFiles files_;
  std::unique_ptr<base::File> file_;
};

TEST_F(SeekRecord, FindsEveryRecordOfASegmentAndNoOther) {
  base::File& file = segment(all_);
  uint64_t offset = 0;
  for (uint64_t seq = 0; seq < 600; ++seq) {
    const auto found = *seek_record(file, seq);
    ASSERT_TRUE(found.has_value()) << seq;
    EXPECT_EQ(found->record.seq, seq);
    EXPECT_EQ(found->offset, offset);
    EXPECT_EQ(all_.substr(offset, found->line.size() + 1), found->line + "\n");
    offset = found->end();
  }
  EXPECT_EQ(offset, all_.size());
  EXPECT_FALSE(seek_record(file, 600)->has_value());
  EXPECT_FALSE(seek_record(segment(""), 0)->has_value());
  // A segment that begins later.
  EXPECT_FALSE(seek_record(segment(all_.substr(all_.find('\n') + 1)), 0)->has_value());
}

TEST_F(SeekRecord, FindsThemBeforeATailOfAnyLength) {
  for (const size_t torn : {1U, 70'000U, 512U << 10}) {
    base::File& file = segment(all_ + std::string(torn, 'x'));
    for (uint64_t seq = 0; seq < 600; seq += 13) {
      ASSERT_TRUE(seek_record(file, seq)->has_value()) << seq << " before " << torn;
    }
    EXPECT_FALSE(last_record(file)->has_value());
  }
}

TEST_F(SeekRecord, NeverGivesAnotherRecordThanItWasAskedFor) {
  testing::SeededEntropy dice(8);
  for (int round = 0; round < 200; ++round) {
    std::string damaged = all_;
    for (int i = 0; i < 20; ++i) damaged[dice.below(damaged.size())] ^= 1;
    damaged.erase(dice.below(damaged.size()), dice.below(2'000));
    const uint64_t seq = dice.below(600);
    const auto found = *seek_record(segment(damaged), seq);
    if (found) EXPECT_EQ(found->record.seq, seq);
  }
}

TEST_F(SeekRecord, KnowsTheFirstAndTheLastOfASegment) {
  const size_t first_line = all_.find('\n') + 1;
  base::File& file = segment(all_);
  EXPECT_EQ((*first_record(file))->record.seq, 0U);
  EXPECT_EQ((*last_record(file))->record.seq, 599U);
  EXPECT_EQ((*last_record(file))->end(), all_.size());
  base::File& one = segment(all_.substr(0, first_line));
  EXPECT_EQ((*first_record(one))->record.seq, 0U);
  EXPECT_EQ((*last_record(one))->record.seq, 0U);
  for (const std::string& none :
       {std::string(), std::string("\n"), all_.substr(0, first_line - 1), all_.substr(1, 100)}) {
    EXPECT_FALSE(first_record(segment(none))->has_value()) << none;
    EXPECT_FALSE(last_record(segment(none))->has_value()) << none;
  }
}

}  // namespace
}  // namespace srasta::audit
