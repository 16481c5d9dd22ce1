#include "base/log.h"

#include <array>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::base {
namespace {

std::string logged(const std::function<void(Log&)>& act) {
  std::array<int, 2> pipe_ends{};
  EXPECT_EQ(::pipe(pipe_ends.data()), 0);
  const SystemClock clock;
  {
    Log log(clock, pipe_ends[1], "test");
    act(log);
  }
  ::close(pipe_ends[1]);
  std::string text;
  std::array<char, 4096> block{};
  while (const ssize_t got = ::read(pipe_ends[0], block.data(), block.size())) {
    text.append(block.data(), static_cast<size_t>(got));
  }
  ::close(pipe_ends[0]);
  return text;
}

TEST(Log, WritesOneJsonLinePerEvent) {
  const std::string text =
      logged([](Log& log) { log.info("started", {{"port", int64_t{8484}}, {"tls", false}}); });

  EXPECT_NE(text.find(R"("level":"info","svc":"test","event":"started","port":8484,"tls":false})"),
            std::string::npos);
  EXPECT_EQ(text.back(), '\n');
}

TEST(Log, EscapesWhateverBytesAValueHolds) {
  const std::string text =
      logged([](Log& log) { log.warn("odd", {{"value", std::string_view("a\"b\n\xFF\x01")}}); });

  EXPECT_NE(text.find("a\\\"b\\u000a\xEF\xBF\xBD\\u0001"), std::string::npos);
}

TEST(Log, KeepsLinesBelowTheThresholdOut) {
  EXPECT_EQ(logged([](Log& log) { log.write(Level::Debug, "noise"); }), "");
}

TEST(LogRing, DropsAndCountsWhatDoesNotFit) {
  LogRing ring(8);

  EXPECT_TRUE(ring.push("12345678"));
  EXPECT_FALSE(ring.push("9"));

  std::string out;
  ring.pop_all(out);
  EXPECT_EQ(out, "12345678");
  EXPECT_EQ(ring.take_dropped(), 1U);
  EXPECT_TRUE(ring.push("abc"));
}

}  // namespace
}  // namespace srasta::base
