#include "dialects/envelope.h"

#include "json/document.h"

#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::dialects {
namespace {

constexpr Failure kFailure{.status = 404,
                           .code = "model_not_found",
                           .message = "No model \"<x>\r\n\" is available to you",
                           .hint = "GET /v1/models lists them",
                           .request_id = "01H",
                           .param = "model"};

TEST(ErrorBody, SpeaksOpenAi) {
  const auto body = json::Document::parse(error_body(Dialect::OpenAi, kFailure));
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->root().pointer("/error/type")->string(), "invalid_request_error");
  EXPECT_EQ(body->root().pointer("/error/code")->string(), "model_not_found");
  EXPECT_EQ(body->root().pointer("/error/param")->string(), "model");
}

TEST(ErrorBody, SpeaksProblemDetails) {
  const auto body = json::Document::parse(error_body(Dialect::Problem, kFailure));
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->root().find("status")->integer(), 404);
  EXPECT_EQ(body->root().find("hint")->string(), "GET /v1/models lists them");
  EXPECT_FALSE(body->root().find("param"));
}

TEST(ErrorBody, NamesTheParameterThatIsToBlame) {
  Failure failure = kFailure;
  failure.status = 400;
  const auto body = json::Document::parse(error_body(Dialect::Problem, failure));
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->root().find("param")->string(), "model");
}

TEST(ErrorBody, SpeaksAnthropic) {
  const auto body = json::Document::parse(error_body(Dialect::Anthropic, kFailure));
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->root().find("type")->string(), "error");
  EXPECT_EQ(body->root().pointer("/error/type")->string(), "not_found_error");
  EXPECT_EQ(body->root().pointer("/error/message")->string(), kFailure.message);
  EXPECT_EQ(body->root().find("request_id")->string(), "01H");
}

TEST(ErrorBody, KnowsAnthropicsTypesByStatus) {
  const std::vector<std::pair<int, std::string_view>> types = {{400, "invalid_request_error"},
                                                               {401, "authentication_error"},
                                                               {403, "permission_error"},
                                                               {404, "not_found_error"},
                                                               {413, "request_too_large"},
                                                               {415, "invalid_request_error"},
                                                               {429, "rate_limit_error"},
                                                               {500, "api_error"},
                                                               {502, "api_error"},
                                                               {503, "overloaded_error"},
                                                               {504, "timeout_error"},
                                                               {529, "overloaded_error"}};
  for (const auto& [status, type] : types) EXPECT_EQ(anthropic_error_type(status), type) << status;
}

TEST(ErrorBody, SpeaksOllama) {
  const auto body = json::Document::parse(error_body(Dialect::Ollama, kFailure));
  ASSERT_TRUE(body.ok());
  EXPECT_EQ(body->root().find("error")->string(), kFailure.message);
}

TEST(ErrorEvent, StartsAFreshLineWhenTheStreamWasCutInsideOne) {
  EXPECT_TRUE(error_event(Protocol::Chat, kFailure, true).starts_with("\n\ndata: {"));
  EXPECT_TRUE(error_event(Protocol::Chat, kFailure, false).starts_with("data: {"));
  EXPECT_TRUE(error_event(Protocol::Ollama, kFailure, true).starts_with("\n{\"error\":"));
  for (const Protocol protocol : kProtocols) {
    const std::string event = error_event(protocol, kFailure, false);
    EXPECT_TRUE(event.ends_with("}\n") || event.ends_with("}\n\n"));
    EXPECT_EQ(event.find('\r'), std::string::npos);
  }
}

TEST(ErrorEvent, IsNamedWhereTheProtocolNamesItsEvents) {
  EXPECT_TRUE(error_event(Protocol::Messages, kFailure, false)
                  .starts_with("event: error\ndata: {\"type\":\"error\",\"error\":{"));
  EXPECT_TRUE(error_event(Protocol::Responses, kFailure, true)
                  .starts_with("\n\nevent: error\ndata: {\"type\":\"error\","));
  EXPECT_NE(error_event(Protocol::Responses, kFailure, false, 7).find("\"sequence_number\":7"),
            std::string::npos);
}

}  // namespace
}  // namespace srasta::dialects
