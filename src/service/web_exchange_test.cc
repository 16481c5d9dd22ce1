#include "service/web_exchange.h"

#include <gtest/gtest.h>

namespace srasta::service {
namespace {

TEST(WebExchange, GivesBackARequest) {
  const WebRequest request{.method = "POST",
                           .path = "/auth/login",
                           .query = "a=b",
                           .form = "user=lena&password=%00\xc3\xa9",
                           .session = "s",
                           .authorization = "Basic eA==",
                           .client = "192.0.2.1",
                           .origin = "https://gw.test",
                           .fetch_site = "same-origin",
                           .issuer = "https://gw.test"};
  const auto parsed = parse_web_request(to_json(request));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(to_json(*parsed), to_json(request));
}

TEST(WebExchange, GivesBackAnAnswer) {
  WebAnswer answer{
      .status = 302, .fields = {}, .body = "<p>", .code = "login_failed", .delay_s = 4};
  answer.with("Location", "/console/").with("Set-Cookie", "a=b");
  const auto parsed = parse_web_answer(to_json(answer));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(to_json(*parsed), to_json(answer));
}

TEST(WebExchange, RefusesAnswersThatWouldAddFields) {
  WebAnswer answer;
  answer.with("Location", "/\r\nSet-Cookie: a=b");
  EXPECT_FALSE(parse_web_answer(to_json(answer)).ok());
  for (const char* json : {"{}", R"({"status":200})", "[]",
                           R"({"status":99,"fields":[],"body":"","code":"","delay_s":0})",
                           R"({"status":200,"fields":[["a"]],"body":"","code":"","delay_s":0})",
                           R"({"status":200,"fields":[],"body":"","code":"","delay_s":3600})"}) {
    EXPECT_FALSE(parse_web_answer(json).ok()) << json;
  }
}

TEST(WebExchange, FindsACookieThatIsThereOnce) {
  constexpr std::string_view kName = "__Host-srasta_session";
  EXPECT_EQ(cookie_in("a=b; __Host-srasta_session=x; c=d", kName), "x");
  EXPECT_EQ(cookie_in("__Host-srasta_session=x=y", kName), "x=y");
  for (const char* field : {"", "srasta_session=x", "__host-srasta_session=x",
                            "__Host-srasta_session=x; __Host-srasta_session=y",
                            "__Host-srasta_session", "X__Host-srasta_session=x"}) {
    EXPECT_EQ(cookie_in(field, kName), "") << field;
  }
}

TEST(WebExchange, NamesCookiesForTheirScheme) {
  EXPECT_EQ(session_cookie("https://gw.test"), "__Host-srasta_session");
  EXPECT_EQ(session_cookie("http://127.0.0.1:8484"), "srasta_session");
}

TEST(WebExchange, TokensOfSessionsDiffer) {
  EXPECT_EQ(csrf_token("a").size(), 43U);
  EXPECT_NE(csrf_token("a"), csrf_token("b"));
}

}  // namespace
}  // namespace srasta::service
