#include "admin/sign_in/authorization_request.h"

#include <map>

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

constexpr std::string_view kIssuer = "https://gw.test";
constexpr std::string_view kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

class AuthorizationRequests : public testing::Test {
 protected:
  AuthorizationRequests() {
    rules_.clients.emplace("app", identity::OAuthClient{.id = "app", .redirect_uris = {kCallback}});
  }
  [[nodiscard]] std::expected<AuthorizationRequest, AuthorizationFault> judge(
      const std::map<std::string, std::string>& changed, const std::string& more = {}) const {
    std::map<std::string, std::string> asked = {{"response_type", "code"},
                                                {"client_id", "app"},
                                                {"redirect_uri", kCallback},
                                                {"state", "s"},
                                                {"code_challenge", std::string(kChallenge)},
                                                {"code_challenge_method", "S256"}};
    for (const auto& [name, value] : changed) asked[name] = value;
    std::string query;
    for (const auto& [name, value] : asked) {
      if (value == "-") continue;
      query += (query.empty() ? "" : "&") + name + "=" + query_encoded(value);
    }
    query += more;
    return judge_authorization(Form(query), query, kIssuer, rules_);
  }
  /// The error, with "!" for what the client is told.
  [[nodiscard]] std::string error(const std::map<std::string, std::string>& changed,
                                  const std::string& more = {}) const {
    const auto judged = judge(changed, more);
    if (judged) return "";
    return std::string(judged.error().to_client ? "!" : "") + std::string(judged.error().error);
  }

  const std::string kCallback = "https://app.test/cb";
  SignInRules rules_;
};

TEST_F(AuthorizationRequests, AreTakenWhenEverythingFits) {
  const auto judged = judge({{"scope", "openid  srasta:rag.* openid"},
                             {"resource", "https://gw.test/mcp"},
                             {"max_age", "60"},
                             {"prompt", "none"},
                             {"nonce", "n"}});
  ASSERT_TRUE(judged) << judged.error().error;
  EXPECT_EQ(judged->scope, "openid srasta:rag.*");
  EXPECT_EQ(judged->resource, "https://gw.test/mcp");
  EXPECT_EQ(judged->max_age, 60);
  EXPECT_TRUE(judged->must_not_ask);
  EXPECT_FALSE(judged->must_sign_in);
}

TEST_F(AuthorizationRequests, AreAnsweredHereWhileClientOrAddressIsInDoubt) {
  EXPECT_EQ(error({{"client_id", "other"}}), "invalid_client");
  EXPECT_EQ(error({{"redirect_uri", "https://app.test/cb/"}}), "redirect_uri_mismatch");
  EXPECT_EQ(error({{"redirect_uri", "-"}}), "redirect_uri_mismatch");
  EXPECT_EQ(error({}, "&redirect_uri=https%3A%2F%2Fevil.test"), "redirect_uri_mismatch");
  EXPECT_EQ(error({}, "&scope=a&scope=b"), "invalid_request");
  EXPECT_EQ(error({{"state", std::string(2049, 's')}}), "invalid_request");
}

TEST_F(AuthorizationRequests, TellTheClientEverythingElse) {
  EXPECT_EQ(error({{"response_type", "token"}}), "!unsupported_response_type");
  EXPECT_EQ(error({{"response_mode", "fragment"}}), "!invalid_request");
  EXPECT_EQ(error({{"code_challenge", "-"}}), "!invalid_request");
  EXPECT_EQ(error({{"code_challenge_method", "plain"}}), "!invalid_request");
  EXPECT_EQ(error({{"scope", "openid admin"}}), "!invalid_scope");
  EXPECT_EQ(error({{"scope", "srasta:no.such"}}), "!invalid_scope");
  EXPECT_EQ(error({{"max_age", "-1"}}), "!invalid_request");
  EXPECT_EQ(error({{"prompt", "consent"}}), "!invalid_request");
  for (const char* resource :
       {"https://evil.test", "https://gw.test.evil.test", "https://gw.test#f", "http://gw.test"}) {
    EXPECT_EQ(error({{"resource", resource}}), "!invalid_target") << resource;
  }
}

TEST_F(AuthorizationRequests, AreAnsweredWithEncodedParameters) {
  EXPECT_EQ(response_uri("https://app.test/cb", "code", "a+b", "<\r\n>", kIssuer),
            "https://app.test/cb?code=a%2Bb&state=%3C%0D%0A%3E&iss=https%3A%2F%2Fgw.test");
  EXPECT_EQ(response_uri("https://app.test/cb?x=1", "error", "e", "", kIssuer),
            "https://app.test/cb?x=1&error=e&iss=https%3A%2F%2Fgw.test");
  EXPECT_EQ(origin_of("http://127.0.0.1:80/cb?x"), "http://127.0.0.1:80");
  EXPECT_EQ(origin_of("javascript:1"), "");
}

}  // namespace
}  // namespace srasta::admin
