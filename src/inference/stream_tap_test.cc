#include "inference/stream_tap.h"

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

struct Relayed {
  std::string bytes;
  std::optional<Usage> usage;
  bool done = false;
};

Relayed relay(std::string_view stream, size_t piece, bool remove) {
  StreamTap tap(remove);
  Relayed out;
  for (size_t at = 0; at < stream.size(); at += piece) {
    for (const std::string_view part : tap.feed(stream.substr(at, piece))) out.bytes += part;
  }
  out.bytes += tap.rest();
  out.usage = tap.usage();
  out.done = tap.done();
  return out;
}

std::string stream_of(std::string_view end) {
  std::string stream;
  for (const std::string_view line :
       {R"(data: {"choices":[{"delta":{"content":"a"}}],"usage":null})", "", ": keep-alive", "",
        R"(data: {"choices":[],"x":"usage"})", "",
        R"(data: {"choices":[ ],"usage":{"prompt_tokens":10,"completion_tokens":20}})", "",
        "data: [DONE]", ""}) {
    stream.append(line).append(end);
  }
  return stream;
}

TEST(StreamTap, LetsEveryByteThroughAndStillMeters) {
  for (const std::string_view end : {"\n", "\r\n", "\r"}) {
    const std::string stream = stream_of(end);
    for (size_t piece = 1; piece <= stream.size(); ++piece) {
      const Relayed out = relay(stream, piece, false);
      ASSERT_EQ(out.bytes, stream) << piece;
      ASSERT_TRUE(out.usage && out.done);
      EXPECT_EQ(out.usage->input, 10);
      EXPECT_EQ(out.usage->output, 20);
    }
  }
}

TEST(StreamTap, RemovesExactlyTheUsageEventInEverySplit) {
  for (const std::string_view end : {"\n", "\r\n", "\r"}) {
    const std::string stream = stream_of(end);
    const size_t start = stream.find(R"(data: {"choices":[ ])");
    const size_t stop = stream.find("data: [DONE]");
    const std::string wanted = stream.substr(0, start) + stream.substr(stop);
    for (size_t piece = 1; piece <= stream.size(); ++piece) {
      const Relayed out = relay(stream, piece, true);
      ASSERT_EQ(out.bytes, wanted) << "piece " << piece << " line end " << end.size();
      EXPECT_EQ(out.usage->output, 20);
    }
  }
}

TEST(StreamTap, KeepsALineEndThatIsCutBehindAnEventTooLongToHold) {
  const std::string usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n";
  const std::string first = "data: " + std::string(70'000, 'z') + "\r";
  StreamTap tap(true);
  std::string out;
  for (const std::string& part : {usage, first, std::string("\ndata: y\n\n")}) {
    for (const std::string_view piece : tap.feed(part)) out.append(piece);
  }
  EXPECT_EQ(out, first + "\ndata: y\n\n");
}

TEST(StreamTap, KeepsAUsageEventTooLongToHold) {
  const std::string event = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1},\"x\":\"" +
                            std::string(70'000, 'z') + "\"}\n\n";
  for (const size_t cut : {size_t{1}, size_t{66'000}, event.size() - 1}) {
    EXPECT_EQ(relay(event, cut, true).bytes, event) << cut;
  }
}

TEST(StreamTap, KeepsUsageThatComesWithChoices) {
  const std::string stream = "data: {\"choices\":[{}],\"usage\":{\"prompt_tokens\":1}}\n\n";
  EXPECT_EQ(relay(stream, 7, true).bytes, stream);
}

TEST(StreamTap, ReportsAnErrorInTheStream) {
  StreamTap tap(false);
  (void)tap.feed("data: {\"error\":{\"message\":\"x\"}}\n\ndata: half");
  EXPECT_TRUE(tap.saw_error());
  EXPECT_FALSE(tap.at_event_end());
}

TEST(FindUsage, ReadsEachFamilyOfNames) {
  EXPECT_EQ(find_usage(R"({"usage":{"prompt_tokens":3,"total_tokens":3}})")->input, 3);
  EXPECT_EQ(find_usage(R"({"usage":{"input_tokens":3,"output_tokens":4}})")->output, 4);
  EXPECT_FALSE(find_usage(R"({"usage":null})"));
  EXPECT_FALSE(find_usage(R"({"usage":{"prompt_tokens":-1}})"));
  EXPECT_FALSE(find_usage("garbage"));
}

}  // namespace
}  // namespace srasta::inference
