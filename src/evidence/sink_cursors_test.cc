#include "evidence/sink_cursors.h"

#include "testing/faulty_files.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::evidence {
namespace {

using Fault = testing::FaultyFiles::Fault;

const std::string kPath = "/data/forward/siem.cursor";

SinkPosition at(uint64_t next) {
  SinkPosition position{.next = next};
  position.last.fill(static_cast<uint8_t>(next));
  return position;
}

class SinkCursorsTest : public ::testing::Test {
 protected:
  SinkCursorsTest() { (void)files_.make_folder("/data/forward"); }
  SinkCursors open() { return *SinkCursors::open(files_, kPath); }

  testing::FaultyFiles files_;
};

TEST_F(SinkCursorsTest, BeginAtTheBeginningAndRemember) {
  SinkCursors cursors = open();
  EXPECT_EQ(cursors.position("gateway"), SinkPosition());
  ASSERT_TRUE(cursors.advance("gateway", at(3)).ok());
  ASSERT_TRUE(cursors.advance("install", at(9)).ok());
  ASSERT_TRUE(cursors.advance("gateway", at(4)).ok());
  EXPECT_EQ(open().position("gateway"), at(4));
  EXPECT_EQ(open().position("install"), at(9));
  EXPECT_EQ(open().position("tools"), SinkPosition());
}

TEST_F(SinkCursorsTest, AreThoseBeforeOrAfterAfterACrashAtAnyStep) {
  ASSERT_TRUE(open().advance("gateway", at(3)).ok());
  const uint64_t first = files_.operations();
  ASSERT_TRUE(open().advance("gateway", at(4)).ok());
  const uint64_t steps = files_.operations() - first;
  ASSERT_GT(steps, 3U);
  uint64_t before = 4;
  for (uint64_t step = 0; step < steps; ++step) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      files_.fail_at(files_.operations() + step, Fault::PowerCut);
      const bool done = open().advance("gateway", at(before + 1)).ok();
      files_.power_on(seed);
      const auto again = SinkCursors::open(files_, kPath);
      ASSERT_TRUE(again.ok()) << "step " << step << ": " << again.error().message;
      const SinkPosition found = again->position("gateway");
      EXPECT_TRUE(found == at(before + 1) || (!done && found == at(before)))
          << "step " << step << " position " << found.next;
      before = found.next;
    }
  }
}

TEST_F(SinkCursorsTest, GoOnInMemoryWhenTheDiskRefuses) {
  SinkCursors cursors = open();
  ASSERT_TRUE(cursors.advance("gateway", at(3)).ok());
  files_.fail_at(files_.operations(), Fault::Io);
  EXPECT_FALSE(cursors.advance("gateway", at(4)).ok());
  EXPECT_EQ(cursors.position("gateway"), at(4));
  EXPECT_EQ(open().position("gateway"), at(3));
}

TEST_F(SinkCursorsTest, RefuseAFileThatIsNotTheirs) {
  ASSERT_TRUE(open().advance("gateway", at(3)).ok());
  const std::string good = files_.contents().at(kPath);
  const std::string head = good.substr(0, good.find('\n') + 1);
  const std::string line = good.substr(head.size());
  for (const std::string& text :
       {std::string(), head.substr(1), good.substr(0, good.size() - 1), good + line, good + "\n",
        head + "../x" + line.substr(7), head + "gateway 0" + line.substr(9),
        head + "gateway -3" + line.substr(9), head + "gateway 3 abc\n", head + "gateway 3\n",
        head + line.substr(0, line.size() - 1) + "0\n"}) {
    files_.put(kPath, text);
    const auto opened = SinkCursors::open(files_, kPath);
    ASSERT_FALSE(opened.ok()) << text;
    EXPECT_EQ(opened.error().code, base::Code::Corrupt);
  }
}

}  // namespace
}  // namespace srasta::evidence
