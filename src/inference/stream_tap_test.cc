#include "inference/stream_tap.h"

#include <utility>

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

using dialects::Protocol;

struct Metered {
  std::string bytes;
  std::optional<Usage> usage;
  bool done = false;
  bool error = false;
  uint64_t text_bytes = 0;
  uint64_t text_events = 0;
};

Metered meter(Protocol protocol, std::string_view stream, size_t piece) {
  StreamTap tap(true, true, protocol);
  Metered out;
  for (size_t at = 0; at < stream.size(); at += piece) {
    for (const std::string_view part : tap.feed(stream.substr(at, piece))) out.bytes += part;
  }
  out.bytes += tap.rest();
  tap.finish();
  out.usage = tap.usage();
  out.done = tap.done();
  out.error = tap.saw_error();
  out.text_bytes = tap.text_bytes();
  out.text_events = tap.text_events();
  return out;
}

constexpr std::string_view kMessages =
    "event: message_start\n"
    R"(data: {"type":"message_start","message":{"usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":1}}})"
    "\n\nevent: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hello"}})"
    "\n\nevent: content_block_delta\n"
    R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"abc"}})"
    "\n\nevent: message_delta\n"
    R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}})"
    "\n\nevent: message_stop\n"
    R"(data: {"type":"message_stop"})"
    "\n\n";

constexpr std::string_view kResponses =
    "event: response.created\n"
    R"(data: {"type":"response.created","sequence_number":0,"response":{"usage":null}})"
    "\n\nevent: response.output_text.delta\n"
    R"(data: {"type":"response.output_text.delta","sequence_number":1,"delta":"hello"})"
    "\n\nevent: response.completed\n"
    R"(data: {"type":"response.completed","sequence_number":2,"response":{"usage":{"input_tokens":7,"output_tokens":5}}})"
    "\n\n";

constexpr std::string_view kOllama =
    R"({"model":"m","message":{"role":"assistant","content":"hello"},"done":false})"
    "\n"
    R"({"model":"m","message":{"role":"assistant","content":""},"done":true,)"
    R"("done_reason":"stop","prompt_eval_count":7,"eval_count":5})";

TEST(StreamTapOfOtherProtocols, MetersWhatPassesUntouched) {
  for (const auto& [protocol, stream] :
       {std::pair(Protocol::Messages, kMessages), std::pair(Protocol::Responses, kResponses),
        std::pair(Protocol::Ollama, kOllama)}) {
    for (size_t piece = 1; piece <= stream.size(); ++piece) {
      const Metered out = meter(protocol, stream, piece);
      ASSERT_EQ(out.bytes, stream) << to_string(protocol) << " in pieces of " << piece;
      ASSERT_TRUE(out.usage.has_value()) << to_string(protocol) << " in pieces of " << piece;
      EXPECT_EQ(out.usage->input, 7);
      EXPECT_EQ(out.usage->output, 5);
      EXPECT_TRUE(out.done);
      EXPECT_FALSE(out.error);
      EXPECT_EQ(out.text_bytes, 5U);
      EXPECT_EQ(out.text_events, 1U);
    }
  }
}

TEST(StreamTapOfOtherProtocols, SeesErrors) {
  EXPECT_TRUE(
      meter(Protocol::Messages, "event: error\ndata: {\"type\":\"error\",\"error\":{}}\n\n", 3)
          .error);
  EXPECT_TRUE(meter(Protocol::Responses,
                    "data: {\"type\":\"response.failed\",\"response\":{\"error\":{}}}\n\n", 3)
                  .error);
  EXPECT_TRUE(meter(Protocol::Ollama, "{\"error\":\"out of memory\"}\n", 3).error);
}

TEST(StreamTapOfOtherProtocols, CountsTheCallsOfOllama) {
  const Metered out = meter(
      Protocol::Ollama,
      R"({"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"n":1}}}]},"done":false})"
      "\n",
      9);
  EXPECT_GT(out.text_bytes, 20U);
  EXPECT_EQ(out.text_events, 1U);
}

}  // namespace
}  // namespace srasta::inference
