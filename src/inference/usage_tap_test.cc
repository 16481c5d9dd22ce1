#include "inference/usage_tap.h"

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

std::optional<Usage> read(std::string_view text, size_t piece) {
  UsageTap tap;
  for (size_t at = 0; at < text.size(); at += piece) tap.feed(text.substr(at, piece));
  return tap.usage();
}

constexpr std::string_view kTexts[] = {
    R"({"data":[{"embedding":[0.1,-2],"usage":{"prompt_tokens":9}}],"usage":{"prompt_tokens":3,"completion_tokens":4}})",
    R"({ "usage" : { "prompt_tokens" : 3 , "details":{"a":[1,{"b":2}]} , "completion_tokens" : 4 } })",
    R"({"usage":{"prompt_tokens":1},"x":"\"usage\":{","usage":{"prompt_tokens":3,"completion_tokens":4},"z":null})",
    R"({"text":"\\\"}{][","usage":{"x":"},\"","prompt_tokens":3,"completion_tokens":4},"y":[{}]})",
};

TEST(UsageTap, ReadsWhatFindUsageReadsHoweverTheAnswerIsCut) {
  for (const std::string_view text : kTexts) {
    for (size_t piece = 1; piece <= text.size(); ++piece) {
      const auto usage = read(text, piece);
      ASSERT_TRUE(usage.has_value()) << text << " in pieces of " << piece;
      EXPECT_EQ(usage->input, 3) << text;
      EXPECT_EQ(usage->output, 4) << text;
    }
    const auto whole = find_usage(text);
    ASSERT_TRUE(whole.has_value()) << text;
    EXPECT_EQ(whole->input, 3);
  }
}

TEST(UsageTap, ReadsWhatOllamaCounts) {
  const std::string_view text =
      R"({"message":{"content":"x","eval_count":9},"done":true,"prompt_eval_count":3,"eval_count":4})";
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    const auto usage = read(text, piece);
    ASSERT_TRUE(usage.has_value()) << piece;
    EXPECT_EQ(usage->input, 3);
    EXPECT_EQ(usage->output, 4);
  }
  EXPECT_EQ(find_usage(text)->output, 4);
}

TEST(UsageTap, CountsWhatACacheHeldAsInput) {
  const std::string_view text =
      R"({"usage":{"input_tokens":3,"cache_creation_input_tokens":10,"cache_read_input_tokens":200,"output_tokens":4}})";
  EXPECT_EQ(read(text, 7)->input, 213);
  EXPECT_EQ(find_usage(text)->input, 213);
}

TEST(UsageTap, FindsNothingWhereNothingIs) {
  for (const std::string_view text :
       {R"({"usage":null})", R"({"usage":"x"})", R"([{"usage":{"prompt_tokens":1}}])",
        R"({"usages":{"prompt_tokens":1}})", R"({"x":{"usage":{"prompt_tokens":1}}})", "",
        "garbage", R"({"usage":{"prompt_tokens":-1}})"}) {
    EXPECT_FALSE(read(text, 3).has_value()) << text;
  }
}

TEST(UsageTap, KeepsLittleOfALongAnswer) {
  UsageTap tap;
  tap.feed(R"({"usage":{"x":")" + std::string(100'000, 'a') + R"(","prompt_tokens":3}})");
  EXPECT_FALSE(tap.usage().has_value());
}

}  // namespace
}  // namespace srasta::inference
