#include "inference/generated_text.h"

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

}  // namespace
}  // namespace srasta::inference
