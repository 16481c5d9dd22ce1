#include "audit/record_checker.h"

#include "audit/event.h"
#include "audit/record.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace srasta::audit {
namespace {

std::vector<std::string> some_lines(size_t count) {
  const RecordWriter writer({.install_id = "i", .stream = "s"});
  ChainEnd end;
  std::vector<std::string> lines;
  for (size_t i = 0; i < count; ++i) {
    std::string parts;
    std::string line;
    writer.append_parts(parts, {.act = Act::LogOpen, .outcome = Outcome::Ok}, {}, {});
    writer.append_line(line, parts, end);
    line.pop_back();
    if (i % 5 == 3) line[line.size() / 2] ^= 1;
    if (i % 7 == 6) line.resize(i % 200);
    lines.push_back(std::move(line));
  }
  return lines;
}

TEST(RecordChecker, SaysOfManyLinesWhatIsSaidOfEach) {
  const std::vector<std::string> texts = some_lines(2'000);
  const std::vector<std::string_view> lines(texts.begin(), texts.end());
  RecordChecker checker;
  size_t good = 0;
  for (const size_t count : {0U, 1U, 63U, 64U, 65U, 2'000U, 3U, 100U}) {
    const auto given = std::span(lines).first(count);
    const auto records = checker.check(given);
    ASSERT_EQ(records.size(), count);
    for (size_t i = 0; i < count; ++i) {
      const auto alone = read_checked_record(given[i]);
      ASSERT_EQ(records[i].has_value(), alone.has_value()) << "line " << i << " of " << count;
      if (!alone) continue;
      ++good;
      EXPECT_EQ(records[i]->seq, alone->seq);
      EXPECT_EQ(records[i]->leaf, alone->leaf);
      EXPECT_EQ(records[i]->body.data(), given[i].data());
    }
  }
  EXPECT_GT(good, 1'000U);
}

TEST(RecordChecker, TakesManyBlocksOneAfterTheOther) {
  const std::vector<std::string> texts = some_lines(128);
  const std::vector<std::string_view> lines(texts.begin(), texts.end());
  RecordChecker checker;
  const auto is_record = [](const auto& record) { return record.has_value(); };
  const auto expected = std::ranges::count_if(checker.check(lines), is_record);
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(std::ranges::count_if(checker.check(lines), is_record), expected) << i;
  }
}

}  // namespace
}  // namespace srasta::audit
