#include "audit/verifier.h"

#include "audit/installation_test.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

class Verifier : public ::testing::Test {
 protected:
  static constexpr size_t kRecords = 30;

  void SetUp() override {
    {
      Installation::append_durably(**box_.open(), kRecords - 2);
    }
    // The chain alone: what it shows without a signature.
    (void)box_.files.remove("/data/audit/gateway/head");
    const std::string log = box_.log();
    for (size_t at = 0; at < log.size();) {
      const size_t end = log.find('\n', at) + 1;
      lines_.push_back(log.substr(at, end - at));
      at = end;
    }
    ASSERT_EQ(lines_.size(), kRecords);
    ASSERT_EQ(box_.verdict(), "OK");
  }

  std::string verdict_of(const std::vector<std::string>& lines) {
    std::string log;
    for (const std::string& line : lines) log += line;
    return verdict_of(log);
  }
  std::string verdict_of(const std::string& log) {
    box_.files.put(Installation::segment_path("0"), log);
    return box_.verdict();
  }

  Installation box_;
  std::vector<std::string> lines_;
};

TEST_F(Verifier, SaysWhatItSawAndWhatNobodyHasSigned) {
  const LedgerReport report = verify_ledger(box_.files, box_.settings.folder);

  EXPECT_EQ(report.exit_code(), 2);
  ASSERT_EQ(report.streams.size(), 1U);
  EXPECT_EQ(report.streams[0].records, kRecords);
  EXPECT_TRUE(report.text().starts_with(
      "UNANCHORED (30 records in 1 streams: unbroken, but too few signed in gateway)\n"
      "gateway: OK 0-29 head "));
  EXPECT_TRUE(report.text().ends_with("\ngateway: OK_UNANCHORED_TAIL 30 from 0\n"));
}

TEST_F(Verifier, NamesTheRecordOfEveryChangedByte) {
  std::string log = box_.log();
  size_t at = 0;
  for (size_t record = 0; record < kRecords; ++record) {
    for (size_t i = 0; i < lines_[record].size(); ++i, ++at) {
      log[at] = static_cast<char>(log[at] ^ (1 << (at % 8)));
      const bool last_line_feed = at + 1 == log.size();
      ASSERT_EQ(verdict_of(log),
                (last_line_feed ? "TRUNCATED " : "MODIFIED ") + std::to_string(record))
          << "byte " << at;
      log[at] = static_cast<char>(log[at] ^ (1 << (at % 8)));
    }
  }
}

TEST_F(Verifier, SeesEveryCutInsideARecord) {
  const std::string log = lines_[0] + lines_[1] + lines_[2] + lines_[3] + lines_[4];
  for (size_t size = 0; size < log.size(); ++size) {
    const std::string verdict = verdict_of(log.substr(0, size));
    const auto whole = std::count(log.begin(), log.begin() + static_cast<ptrdiff_t>(size), '\n');
    const bool between_records = size > 0 && log[size - 1] == '\n';
    ASSERT_EQ(verdict, between_records ? "OK" : "TRUNCATED " + std::to_string(whole)) << size;
  }
}

TEST_F(Verifier, SeesARecordThatWasTakenOut) {
  for (size_t record = 0; record + 1 < kRecords; ++record) {
    auto lines = lines_;
    lines.erase(lines.begin() + static_cast<ptrdiff_t>(record));
    EXPECT_EQ(verdict_of(lines), "GAP " + std::to_string(record));
  }
}

TEST_F(Verifier, SeesSwappedRecords) {
  for (size_t a = 0; a < kRecords; a += 3) {
    for (size_t b = a + 1; b < kRecords; b += 4) {
      auto lines = lines_;
      std::swap(lines[a], lines[b]);
      EXPECT_EQ(verdict_of(lines), "REORDERED " + std::to_string(a));
    }
  }
}

TEST_F(Verifier, SeesARepeatedRecord) {
  for (size_t from = 0; from < kRecords; from += 5) {
    for (size_t to = from + 1; to <= kRecords; to += 3) {
      auto lines = lines_;
      lines.insert(lines.begin() + static_cast<ptrdiff_t>(to), lines_[from]);
      EXPECT_EQ(verdict_of(lines), "DUPLICATE_SEQ " + std::to_string(from));
    }
  }
}

TEST_F(Verifier, SeesARecordOfAnotherLogInPlace) {
  Installation other;
  other.settings.install_id = "inst-2";
  {
    Installation::append_durably(**other.open(), kRecords - 2);
  }
  std::string foreign = other.log();
  for (size_t record = 0; record < kRecords; ++record) {
    auto lines = lines_;
    lines[record] = foreign.substr(0, foreign.find('\n') + 1);
    foreign.erase(0, lines[record].size());
    EXPECT_EQ(verdict_of(lines), "MODIFIED " + std::to_string(record == 0 ? 0 : record - 1));
  }
}

TEST_F(Verifier, SeesAWholeLogOfAnotherInstallation) {
  Installation other;
  other.settings.install_id = "inst-2";
  {
    Installation::append_durably(**other.open(), 3);
  }

  EXPECT_EQ(verdict_of(other.log()), "MODIFIED 0");
}

TEST_F(Verifier, IsNotDeceivedByALineWithoutEnd) {
  EXPECT_EQ(verdict_of(std::string(100'000, 'x')), "MODIFIED 0");
  EXPECT_EQ(verdict_of(box_.log() + std::string(100'000, '\0')), "MODIFIED 0");
  EXPECT_EQ(verdict_of(std::string()), "TRUNCATED 0");
}

TEST_F(Verifier, CannotJudgeWithoutOrigin) {
  ASSERT_TRUE(box_.files.remove("/data/audit/origin").ok());

  const LedgerReport report = verify_ledger(box_.files, box_.settings.folder);

  EXPECT_EQ(report.exit_code(), 3);
  EXPECT_TRUE(report.text().starts_with("UNREADABLE ("));
}

class VerifierOfSegments : public ::testing::Test {
 protected:
  void SetUp() override {
    box_.settings.segment_bytes = 1500;
    Installation::append_durably(**box_.open(), 10);
    (void)box_.files.remove("/data/audit/gateway/head");
    for (const auto& [path, content] : box_.files.contents()) {
      if (path.ends_with(".jsonl")) segments_.push_back(path);
    }
    ASSERT_GE(segments_.size(), 4U);
  }

  static std::string first_of(const std::string& path) {
    const std::string digits = path.substr(path.size() - 26, 20);
    return digits.substr(std::min<size_t>(digits.find_first_not_of('0'), 19));
  }

  Installation box_;
  std::vector<std::string> segments_;
};

TEST_F(VerifierOfSegments, SeesAMissingSegment) {
  for (size_t i = 0; i + 1 < segments_.size(); ++i) {
    const std::string content = box_.files.contents()[segments_[i]];
    ASSERT_TRUE(box_.files.remove(segments_[i]).ok());
    EXPECT_EQ(box_.verdict(), "SEGMENT_MISSING " + first_of(segments_[i]));
    box_.files.put(segments_[i], content);
  }
  EXPECT_EQ(box_.verdict(), "OK");
}

TEST_F(VerifierOfSegments, SeesACutBeforeTheLastSegment) {
  const std::string content = box_.files.contents()[segments_[0]];
  box_.files.put(segments_[0], content.substr(0, content.size() - 1));

  EXPECT_TRUE(box_.verdict().starts_with("TRUNCATED ")) << box_.verdict();
}

TEST_F(VerifierOfSegments, SeesSegmentsThatChangedPlaces) {
  const std::string first = box_.files.contents()[segments_[1]];
  const std::string second = box_.files.contents()[segments_[2]];
  box_.files.put(segments_[1], second);
  box_.files.put(segments_[2], first);

  EXPECT_EQ(box_.verdict(), "REORDERED " + first_of(segments_[1]));
}

TEST_F(VerifierOfSegments, KeepsTheWriterFromStartingOnADamagedOne) {
  std::string content = box_.files.contents()[segments_[1]];
  content[40] = static_cast<char>(content[40] ^ 1);
  box_.files.put(segments_[1], content);

  const auto refused = box_.open();

  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::Code::Corrupt);
  EXPECT_TRUE(refused.error().message.starts_with("INTEGRITY: " + segments_[1]));
  EXPECT_NE(refused.error().message.find("srasta audit verify --data /data"), std::string::npos);
}

TEST_F(VerifierOfSegments, KeepsTheWriterFromStartingWithoutOne) {
  ASSERT_TRUE(box_.files.remove(segments_[1]).ok());

  EXPECT_EQ(box_.open().error().code, base::Code::Corrupt);
}

}  // namespace
}  // namespace srasta::audit
