#include "inference/request_edit.h"

#include <gtest/gtest.h>

namespace srasta::inference {
namespace {

std::string edited(std::string_view body, std::string_view model, bool add_usage,
                   std::optional<uint64_t> max_tokens = std::nullopt) {
  const RequestView view = read_request(body);
  EXPECT_EQ(view.fault, BodyFault::None) << body;
  return EditedBody(body, view, model, add_usage, max_tokens).joined();
}

TEST(EditRequest, ChangesTheModelValueAndNothingElse) {
  EXPECT_EQ(edited(R"({ "temperature":1.0,"x":{"b":1e400,"u":"\u00e9"}, "model" : "general" })",
                   "qwen", false),
            R"({ "temperature":1.0,"x":{"b":1e400,"u":"\u00e9"}, "model" : "qwen" })");
  EXPECT_EQ(edited(R"({"mod\u0065l":"general"})", "a\"b", false), R"({"mod\u0065l":"a\"b"})");
  EXPECT_EQ(edited(R"({"model":"same"})", "same", false), R"({"model":"same"})");
}

TEST(EditRequest, AsksForUsageWithoutLosingOtherOptions) {
  EXPECT_EQ(edited(R"({"model":"m","stream":true})", "m", true),
            R"({"stream_options":{"include_usage":true},"model":"m","stream":true})");
  EXPECT_EQ(edited(R"({"model":"m","stream_options":null})", "m", true),
            R"({"model":"m","stream_options":{"include_usage":true}})");
  EXPECT_EQ(edited(R"({"model":"m","stream_options":{}})", "m", true),
            R"({"model":"m","stream_options":{"include_usage":true}})");
  EXPECT_EQ(edited(R"({"stream_options":{"include_usage":false,"x":1},"model":"m"})", "n", true),
            R"({"stream_options":{"include_usage":true,"x":1},"model":"n"})");
  EXPECT_EQ(edited(R"({"model":"m","stream_options":{"include_usage":true,"x":1}})", "m", true),
            R"({"model":"m","stream_options":{"include_usage":true,"x":1}})");
}

std::string limited(std::string_view body, dialects::Protocol protocol) {
  const RequestView view = read_request(body);
  EXPECT_EQ(view.fault, BodyFault::None) << body;
  return EditedBody(body, view, view.model, false, 900, protocol).joined();
}

TEST(EditRequest, AddsTheLimitUnderTheProtocolsName) {
  using dialects::Protocol;
  EXPECT_EQ(limited(R"({"model":"m"})", Protocol::Messages), R"({"max_tokens":900,"model":"m"})");
  EXPECT_EQ(limited(R"({"model":"m"})", Protocol::Responses),
            R"({"max_output_tokens":900,"model":"m"})");
  EXPECT_EQ(limited(R"({"model":"m","max_output_tokens":7})", Protocol::Responses),
            R"({"model":"m","max_output_tokens":7})");
  EXPECT_EQ(limited(R"({"model":"m"})", Protocol::Ollama),
            R"({"options":{"num_predict":900},"model":"m"})");
  EXPECT_EQ(limited(R"({"model":"m","options":null})", Protocol::Ollama),
            R"({"model":"m","options":{"num_predict":900}})");
  EXPECT_EQ(limited(R"({"model":"m","options":{ }})", Protocol::Ollama),
            R"({"model":"m","options":{"num_predict":900 }})");
  EXPECT_EQ(limited(R"({"model":"m","options":{"seed":1}})", Protocol::Ollama),
            R"({"model":"m","options":{"num_predict":900,"seed":1}})");
  EXPECT_EQ(limited(R"({"model":"m","options":{"num_predict":-1}})", Protocol::Ollama),
            R"({"model":"m","options":{"num_predict":-1}})");
}

TEST(ReadRequest, StreamsWhenOllamaIsNotToldOtherwise) {
  EXPECT_TRUE(read_request(R"({"model":"m"})", true).stream);
  EXPECT_TRUE(read_request(R"({"model":"m","stream":null})", true).stream);
  EXPECT_FALSE(read_request(R"({"model":"m","stream":false})", true).stream);
  EXPECT_FALSE(read_request(R"({"model":"m"})").stream);
}

TEST(EditRequest, AddsALimitWhereTheClientGaveNone) {
  EXPECT_EQ(edited(R"( {"model":"m"})", "m", false, 900), R"( {"max_tokens":900,"model":"m"})");
  EXPECT_EQ(edited(R"({"model":"m", "max_tokens" : null ,"n":1})", "m", false, 900),
            R"({"model":"m", "max_tokens" : 900 ,"n":1})");
  EXPECT_EQ(edited(R"({"max\u005ftokens":null,"model":"m"})", "m", false, 9),
            R"({"max\u005ftokens":9,"model":"m"})");
  EXPECT_EQ(edited(R"({"max_tokens":5,"model":"m"})", "m", false, 900),
            R"({"max_tokens":5,"model":"m"})");
  EXPECT_EQ(edited(R"({"model":"m","x":{"max_tokens":null}})", "m", false, 900),
            R"({"max_tokens":900,"model":"m","x":{"max_tokens":null}})");
}

TEST(EditRequest, MakesAllEditsAtOnce) {
  const std::string text = edited(R"({"model":"m","stream":true})", "qwen", true, 900);
  const RequestView view = read_request(text);
  EXPECT_EQ(view.fault, BodyFault::None) << text;
  EXPECT_EQ(view.model, "qwen");
  EXPECT_TRUE(view.wants_usage);
  EXPECT_NE(text.find(R"("max_tokens":900,)"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with(R"("model":"qwen","stream":true})")) << text;
}

TEST(ReadRequest, NamesTheFault) {
  const std::pair<std::string_view, BodyFault> cases[] = {
      {"", BodyFault::Empty},
      {" \n", BodyFault::Empty},
      {"[]", BodyFault::Json},
      {R"({"model":"a","model":"a"})", BodyFault::DuplicateKey},
      {R"({"model":"a","mod\u0065l":"b"})", BodyFault::DuplicateKey},
      {"{\"model\":\"\xFF\"}", BodyFault::Utf8},
      {R"({})", BodyFault::ModelRequired},
      {R"({"model":1})", BodyFault::ModelRequired},
      {R"({"model":""})", BodyFault::ModelRequired},
      {R"({"Model":"a"})", BodyFault::ModelRequired},
      {R"({"model":"gener\ud800al"})", BodyFault::Json},
      {R"({"model":"a","stream":"true"})", BodyFault::StreamNotBoolean},
      {R"({"model":"a","stream":1})", BodyFault::StreamNotBoolean},
      {R"({"model":"a","stream_options":"x"})", BodyFault::StreamOptionsNotObject},
  };
  for (const auto& [body, fault] : cases) EXPECT_EQ(read_request(body).fault, fault) << body;
}

TEST(ReadRequest, TreatsNullAsAbsentAndPassesCutEmoji) {
  EXPECT_FALSE(read_request(R"({"model":"a","stream":null})").stream);
  EXPECT_EQ(read_request(R"({"model":"a","content":"cut \ud83d"})").fault, BodyFault::None);
  EXPECT_EQ(read_request(R"({"model":"a","metadata":{"a":1,"a":2}})").fault, BodyFault::None);
}

}  // namespace
}  // namespace srasta::inference
