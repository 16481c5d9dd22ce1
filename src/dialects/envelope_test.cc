#include "dialects/envelope.h"

#include "json/document.h"

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

TEST(ErrorEvent, StartsAFreshLineWhenTheStreamWasCutInsideOne) {
  EXPECT_TRUE(error_event(kFailure, true).starts_with("\n\ndata: {"));
  EXPECT_TRUE(error_event(kFailure, false).starts_with("data: {"));
  EXPECT_TRUE(error_event(kFailure, false).ends_with("}\n\n"));
  EXPECT_EQ(error_event(kFailure, false).find('\r'), std::string::npos);
}

}  // namespace
}  // namespace srasta::dialects
