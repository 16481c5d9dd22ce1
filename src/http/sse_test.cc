#include "http/sse.h"

#include <vector>

#include <gtest/gtest.h>

namespace srasta::http {
namespace {

std::vector<std::string> events_of(std::string_view stream, size_t piece) {
  SseScanner scanner;
  std::vector<std::string> events;
  for (size_t at = 0; at < stream.size();) {
    const auto step = scanner.next(stream.substr(at, piece));
    at += step.consumed;
    if (step.event) events.emplace_back(scanner.data());
  }
  return events;
}

TEST(SseScanner, FindsTheSameEventsForEverySplitAndLineEnd) {
  const std::vector<std::string> wanted = {"one", "", "two\nlines", "x", "[DONE]"};
  for (const std::string_view end : {"\n", "\r\n", "\r"}) {
    std::string stream = "\xEF\xBB\xBF";
    for (const std::string_view line :
         {"data: one", "", ": comment", "", "event: e", "data: two", "data:lines", "id: 3", "",
          "data:x", "", "data: [DONE]", ""}) {
      stream.append(line).append(end);
    }
    for (size_t piece = 1; piece <= stream.size(); ++piece) {
      EXPECT_EQ(events_of(stream, piece), wanted) << "piece " << piece;
    }
  }
}

TEST(SseScanner, EndsAnEventBehindItsWholeLineEnd) {
  SseScanner scanner;
  const auto step = scanner.next("data: a\r\n\r\ndata: b\r\n\r\n");
  EXPECT_EQ(step.consumed, 11U);

  SseScanner split;
  EXPECT_EQ(split.next("data: a\r\n\r").consumed, 10U);
  EXPECT_TRUE(split.swallows_line_feed());
}

TEST(SseScanner, DropsDataBeyondItsLimitAndGoesOn) {
  SseScanner scanner(10);
  const std::string stream = "data: " + std::string(100, 'x') + "\n\n";
  EXPECT_TRUE(scanner.next(stream).event);
  EXPECT_TRUE(scanner.data_dropped());
  EXPECT_TRUE(scanner.next("data: ok\n\n").event);
  EXPECT_EQ(scanner.data(), "ok");
  EXPECT_FALSE(scanner.data_dropped());
}

}  // namespace
}  // namespace srasta::http
