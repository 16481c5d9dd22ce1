#include "inference/generated_text.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

TEST(GeneratedText, CountsWhatTheModelWrote) {
  EXPECT_EQ(generated_text(R"({"choices":[{"delta":{"role":"assistant"}}]})"), 0U);
  EXPECT_EQ(generated_text(R"({"id":"x","choices":[{"index":0,"delta":{"content":"four"}}]})"), 4U);
  EXPECT_EQ(generated_text(R"({"choices":[{"delta":{"content":"\u00e9\n"}}]})"), 3U);
  EXPECT_EQ(generated_text(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})"), 0U);
  EXPECT_EQ(generated_text(R"({"choices":[{"text":"ab"},{"text":"cde"}],"usage":{"a":"zzz"}})"),
            5U);
  EXPECT_EQ(generated_text(R"({"choices":[{"delta":{"reasoning_content":"why","tool_calls":[
      {"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]}}]})"),
            6U);
  EXPECT_EQ(generated_text(R"({"object":"x"})"), 0U);
}

TEST(GeneratedText, TakesWhatItCannotReadForText) {
  EXPECT_EQ(generated_text("no json"), 7U);
  EXPECT_EQ(generated_text(""), 0U);
}

std::string chunk_with(std::string_view content, std::string_view finish = "null") {
  return R"({"id":"c-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":")" +
         std::string(content) + R"("},"finish_reason":)" + std::string(finish) + "}]}";
}

TEST(TextMeter, SaysOfEveryChunkWhatReadingItSays) {
  const std::vector<std::string> chunks = {
      R"({"choices":[{"delta":{"role":"assistant"}}]})",
      chunk_with("Once"),
      chunk_with(" upon"),
      chunk_with(""),
      chunk_with("a\nb"),
      chunk_with("\u00e9"),
      chunk_with("\xC3\xA9"),
      chunk_with(R"(x"},"more":{"content":"y)"),
      chunk_with("after"),
      chunk_with("end", "\"stop\""),
      chunk_with("unclosed\\"),
      chunk_with("\x01"),
      chunk_with("\xFF"),
      R"({"choices":[{"delta":{"content":"a","reasoning_content":"b"}}]})",
      R"({"choices":[{"delta":{"content":"cc","reasoning_content":"b"}}]})",
      R"({"choices":["x","y"]})",
      R"({"choices":["x"],"choices":["long text"]})",
      "no json",
      R"({"choices":[],"usage":{"prompt_tokens":1}})",
      chunk_with("again"),
      chunk_with("again and again"),
      ""};
  TextMeter meter;
  for (int round = 0; round < 2; ++round) {
    for (const std::string& chunk : chunks) {
      EXPECT_EQ(meter.count(chunk), generated_text(chunk)) << chunk;
    }
  }
}

// The texts before and after could overlap in a chunk that is shorter than both together.
TEST(TextMeter, DoesNotTakeAShorterChunkForTheSameShape) {
  TextMeter meter;
  EXPECT_EQ(meter.count(R"({"choices":["aaaa"]})"), 4U);
  EXPECT_EQ(meter.count(R"({"choices":["]})"), generated_text(R"({"choices":["]})"));
  EXPECT_EQ(meter.count(R"({"choices":[""]})"), 0U);
}

}  // namespace
}  // namespace srasta::inference
