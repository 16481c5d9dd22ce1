#include "inference/token_bound.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
constexpr BoundRules kRules{.default_output = 100, .per_media = 1'000};

base::Result<TokenBound> scan_and_bound(std::string_view body, BodyKind kind,
                                        const BoundRules& rules = kRules) {
  const json::ScanOutcome scan = json::scan_object(body, {.lone_surrogates = true});
  EXPECT_TRUE(scan.ok()) << body;
  return bound_of(scan.object, kind, rules);
}

TokenBound bound(std::string_view body, BodyKind kind = BodyKind::Chat) {
  const auto result = scan_and_bound(body, kind);
  EXPECT_TRUE(result.ok()) << body << ": " << (result.ok() ? "" : result.error().message);
  return result.ok() ? *result : TokenBound{};
}

uint64_t input(std::string_view body, BodyKind kind = BodyKind::Chat) {
  return bound(body, kind).input;
}

std::string chat(std::string_view messages) {
  return R"({"model":"m","messages":[)" + std::string(messages) + "]}";
}

TEST(TokenBound, CountsBytesOfTextAndSixteenForEachMessage) {
  EXPECT_EQ(input(chat("")), 0U);
  EXPECT_EQ(input(chat(R"({"role":"user","content":"hello"})")), 16U + 4 + 5);
  EXPECT_EQ(input(chat(R"({"role":"user","content":"hello"},{"role":"user","content":null})")),
            2 * (16U + 4) + 5);
  EXPECT_EQ(input(chat(R"({"role":"user","content":[{"type":"text","text":"hello"}]})")),
            16U + 4 + 4 + 5);
}

TEST(TokenBound, CountsTextAsItIsNotAsItIsWritten) {
  EXPECT_EQ(input(chat(R"({"role":"user","content":"\u00e9\ud83d\ude00\n\ud800"})")),
            16U + 4 + 2 + 4 + 1 + 3);
  EXPECT_EQ(input(chat(R"({"r\u006fle":"user","cont\u0065nt":"hello"})")), 16U + 4 + 5);
}

TEST(TokenBound, CountsAConstantForMediaAndTheTextBesideIt) {
  const std::string data(100'000, 'A');
  EXPECT_EQ(
      input(chat(R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"data:)" +
                 data + R"("}},{"type":"input_audio","input_audio":{"data":")" + data +
                 R"("}},{"type":"file","file":{"file_data":")" + data +
                 R"("}},{"type":"text","text":"hi"}]})")),
      16U + 4 + (9 + 1'000) + (11 + 1'000) + (4 + 1'000) + 4 + 2);
  EXPECT_EQ(input(chat(R"({"role":"user","content":[{"image_\u0075rl":"x","note":"free text"}]})")),
            16U + 4 + 1'000 + 9);
}

TEST(TokenBound, CountsMediaNamesOutsideOfPartsAsText) {
  EXPECT_GE(input(chat(R"({"role":"user","image_url":")" + std::string(5'000, 'a') + R"("})")),
            5'000U);
  EXPECT_GE(input(R"({"image_url":")" + std::string(5'000, 'a') + R"("})"), 5'000U);
}

TEST(TokenBound, CountsToolsAndSchemasWithTheirNames) {
  const std::string_view tools =
      R"([{"type":"function","function":{"name":"f","description":"a \"b\"","parameters":)"
      R"({"type":"object","properties":{"x":{"type":"number","maximum":100000}}}}}])";
  const uint64_t counted = input(R"({"tools":)" + std::string(tools) + "}");
  EXPECT_GE(counted, tools.size());
  EXPECT_LE(counted, 2 * tools.size());
  EXPECT_EQ(input(R"({ "tools" : )" + std::string(tools) + " }"), counted);
  EXPECT_GE(input(R"({"response_format":{"json_schema":{"schema":{"description":"0123456789"}}}})"),
            10U + 11 + 6 + 11);
  EXPECT_GE(input(chat(R"({"role":"assistant","tool_calls":[{"function":{"arguments":"0123"}}]})")),
            16U + 9 + 4 + 10 + 8 + 9 + 4);
}

TEST(TokenBound, CountsEveryRepeatedMemberOfNestedObjects) {
  EXPECT_EQ(input(chat(R"({"content":"0123456789","content":"0123456789"})")), 16U + 20);
}

TEST(TokenBound, CountsMembersThatItDoesNotKnowButNotThoseOutsideThePrompt) {
  EXPECT_GE(input(R"({"documents":[{"text":"0123456789"}]})"), 10U);
  EXPECT_EQ(input(R"({"model":"0123456789","user":"someone","stop":["a","b"],"metadata":{"a":"b"},)"
                  R"("logit_bias":{"1":2},"temperature":0.5,"seed":123456789,"stream":true})"),
            0U);
}

TEST(TokenBound, CountsPromptsAsTextsOrTokens) {
  constexpr BodyKind kKind = BodyKind::Completions;
  EXPECT_EQ(input(R"({"prompt":"hello"})", kKind), 16U + 5);
  EXPECT_EQ(input(R"({"prompt":["a","bc"]})", kKind), (16U + 1) + (16 + 2));
  EXPECT_EQ(input(R"({"prompt":[15339,1917,0]})", kKind), 16U + 3);
  EXPECT_EQ(input(R"({"prompt":[[15339],[1917,0]]})", kKind), (16U + 1) + (16 + 2));
  EXPECT_EQ(input(R"({"input":["a","bc"]})", BodyKind::InputOnly), (16U + 1) + (16 + 2));
}

TEST(TokenBound, OutputIsTheLimitForEachAnswerToEachPrompt) {
  EXPECT_EQ(bound(R"({"max_tokens":900})").output, 900U);
  EXPECT_EQ(bound(R"({"max_completion_tokens":900})").output, 900U);
  EXPECT_EQ(bound(R"({"max_tokens":10,"max_completion_tokens":900})").output, 900U);
  EXPECT_EQ(bound(R"({"max_tokens":10,"n_predict":900})").output, 900U);
  EXPECT_EQ(bound(R"({"max_tokens":900,"n":3})").output, 2'700U);
  EXPECT_EQ(bound(R"({"max_tokens":900,"n":3,"best_of":1000})").output, 900'000U);
  EXPECT_EQ(bound(R"({"max_tokens":9,"prompt":["a","b","c"],"n":2})", BodyKind::Completions).output,
            54U);
  EXPECT_EQ(bound(R"({"max_tokens":9,"prompt":[1,2,3]})", BodyKind::Completions).output, 9U);
}

TEST(TokenBound, AnAbsentLimitIsTheDefaultAndMustBeAdded) {
  for (const std::string_view body :
       {R"({})", R"({"max_tokens":null})", R"({"max_tokens":null,"max_completion_tokens":null})"}) {
    EXPECT_EQ(bound(body).output, 100U);
    EXPECT_EQ(bound(body).add_max_tokens, 100U);
  }
  EXPECT_EQ(bound(R"({"n":2})").output, 200U);
  EXPECT_EQ(bound(R"({"n_predict":300})").output, 300U);
  EXPECT_EQ(bound(R"({"n_predict":300})").add_max_tokens, 300U);
  EXPECT_FALSE(bound(R"({"n_predict":300})").may_be_less);
  EXPECT_TRUE(bound("{}").may_be_less);
  EXPECT_FALSE(bound(R"({"max_tokens":5})").add_max_tokens.has_value());
  EXPECT_FALSE(
      bound(R"({"max_tokens":null,"max_completion_tokens":5})").add_max_tokens.has_value());
}

TEST(TokenBound, EmbeddingsGenerateNothing) {
  const TokenBound embeddings = bound(R"({"input":"a","n":-1})", BodyKind::InputOnly);
  EXPECT_EQ(embeddings.output, 0U);
  EXPECT_FALSE(embeddings.add_max_tokens.has_value());
}

TEST(TokenBound, RefusesCountsThatAreNoneByName) {
  for (const std::string_view name :
       {"max_tokens", "max_completion_tokens", "n_predict", "n", "best_of", "n_cmpl"}) {
    for (const std::string_view value :
         {"0", "-1", "1.5", "\"900\"", "1e300", "1e2", "900.0", "true", "[]", "{}", "2147483648",
          "9223372036854775807", "99999999999999999999999999", "-9223372036854775808"}) {
      const std::string body = "{\"" + std::string(name) + "\":" + std::string(value) + "}";
      const auto refused = scan_and_bound(body, BodyKind::Chat);
      ASSERT_FALSE(refused.ok()) << body;
      EXPECT_EQ(refused.error().code, base::Code::Invalid);
      EXPECT_EQ(refused.error().detail, name);
      EXPECT_TRUE(refused.error().message.starts_with(std::string(name) + " must be"));
    }
  }
  EXPECT_EQ(scan_and_bound(R"({"max\u005ftokens":0})", BodyKind::Chat).error().detail,
            "max_tokens");
}

TEST(TokenBound, KnowsWhetherALimitIsNamed) {
  const auto names = [](std::string_view body) {
    const json::ScanOutcome scan = json::scan_object(body, {});
    EXPECT_TRUE(scan.ok()) << body;
    return names_output_limit(scan.object);
  };
  for (const char* member : {"max_tokens", "max_completion_tokens", "n_predict"}) {
    const std::string quoted = R"({"model":"m",")" + std::string(member) + R"(":)";
    EXPECT_TRUE(names(quoted + "5}")) << member;
    EXPECT_TRUE(names(quoted + "\"5\"}")) << member;
    EXPECT_FALSE(names(quoted + "null}")) << member;
  }
  EXPECT_FALSE(names(R"({"model":"m","n":2,"metadata":{"max_tokens":5}})"));
}

TEST(TokenBound, LargeCountsDoNotWrap) {
  EXPECT_EQ(bound(R"({"max_tokens":900,"n":1000000})").output, 900'000'000U);
  EXPECT_EQ(bound(R"({"max_tokens":2147483647,"n":2147483647,"prompt":["a","b","c","d","e","f"]})",
                  BodyKind::Completions)
                .output,
            kMost);
  const auto media = scan_and_bound(chat(R"({"content":[{"file":1},{"file":2}]})"), BodyKind::Chat,
                                    {.default_output = kMost, .per_media = kMost});
  EXPECT_EQ(media->input, kMost);
  EXPECT_EQ(media->output, kMost);
}

TEST(TokenBound, CountsOddShapesWithoutLosingText) {
  for (const std::string_view messages :
       {R"({"messages":"0123456789"})", R"({"messages":{"content":"0123456789"}})",
        R"({"messages":["0123456789"]})", R"({"messages":[["0123456789"]]})",
        R"({"messages":[{"content":{"x":"0123456789"}}]})",
        R"({"messages":[{"content":["0123456789"]}]})",
        R"({"messages":[{"content":[{"text":["0123456789"]}]}]})",
        R"({"prompt":{"a":"0123456789"}})", R"({"prompt":[["0123456789"]]})"}) {
    EXPECT_GE(input(messages), 10U) << messages;
  }
}

TEST(TokenBoundOfOtherProtocols, ReadsTheLimitUnderItsOwnName) {
  EXPECT_EQ(bound(R"({"max_tokens":7})", BodyKind::Messages).output, 7U);
  EXPECT_EQ(bound(R"({"max_output_tokens":7})", BodyKind::Responses).output, 7U);
  EXPECT_EQ(bound(R"({"options":{"num_predict":7}})", BodyKind::Ollama).output, 7U);
  for (const BodyKind kind : {BodyKind::Messages, BodyKind::Responses, BodyKind::Ollama}) {
    const TokenBound without = bound(R"({"max_completion_tokens":7})", kind);
    EXPECT_EQ(without.output, kRules.default_output);
    EXPECT_EQ(without.add_max_tokens, kRules.default_output);
    EXPECT_TRUE(without.may_be_less);
  }
}

TEST(TokenBoundOfOtherProtocols, RefusesALimitThatIsNone) {
  const auto endless = scan_and_bound(R"({"options":{"num_predict":-1}})", BodyKind::Ollama);
  ASSERT_FALSE(endless.ok());
  EXPECT_EQ(endless.error().detail, "num_predict");
  EXPECT_FALSE(scan_and_bound(R"({"max_output_tokens":"7"})", BodyKind::Responses).ok());
  EXPECT_FALSE(scan_and_bound(R"({"max_tokens":0})", BodyKind::Messages).ok());
}

TEST(TokenBoundOfOtherProtocols, CountsAConstantForPictures) {
  const std::string data(100'000, 'A');
  EXPECT_LT(
      input(R"({"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64",)"
            R"("media_type":"image/png","data":")" +
                data + R"("}}]}]})",
            BodyKind::Messages),
      1'100U);
  EXPECT_LT(
      input(
          R"({"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"image",)"
          R"("source":{"type":"base64","data":")" +
              data + R"("}}]}]}]})",
          BodyKind::Messages),
      1'200U);
  EXPECT_LT(
      input(R"({"input":[{"role":"user","content":[{"type":"input_image","image_url":"data:)" +
                data + R"("},{"type":"input_file","file_data":")" + data + R"("}]}]})",
            BodyKind::Responses),
      2'200U);
  EXPECT_LT(input(R"({"messages":[{"role":"user","content":"x","images":[")" + data + R"("]}]})",
                  BodyKind::Ollama),
            1'100U);
  EXPECT_LT(input(R"({"prompt":"x","images":[")" + data + R"("]})", BodyKind::Ollama), 1'100U);
}

TEST(TokenBoundOfOtherProtocols, CountsTextThatADocumentHolds) {
  const std::string text(5'000, 'a');
  EXPECT_GE(
      input(R"({"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text",)"
            R"("data":")" +
                text + R"("}}]}]})",
            BodyKind::Messages),
      5'000U);
  EXPECT_GE(input(R"({"system":")" + text + R"(","messages":[]})", BodyKind::Messages), 5'000U);
  EXPECT_GE(input(R"({"instructions":")" + text + R"(","input":"x"})", BodyKind::Responses),
            5'000U);
}

TEST(TokenBoundOfOtherProtocols, TakesTheInputOfResponsesAsOneConversation) {
  EXPECT_EQ(bound(R"({"input":[{"role":"user","content":"a"},{"role":"user","content":"b"}],)"
                  R"("max_output_tokens":5})",
                  BodyKind::Responses)
                .output,
            5U);
}

}  // namespace
}  // namespace srasta::inference
