#include "admin/sign_in/provider_request.h"

#include <gtest/gtest.h>

namespace srasta::admin {
namespace {

std::string url_at(std::string_view endpoint) {
  return authorization_url({.endpoint = endpoint,
                            .client = "a client",
                            .redirect_uri = "https://gw.test/auth/callback",
                            .scopes = {"openid", "profile"},
                            .state = "s-1",
                            .nonce = "n-1",
                            .challenge = "c-1"});
}

TEST(ProviderRequest, AsksForACodeWithEverythingThatBindsIt) {
  const std::string rest =
      "response_type=code&client_id=a%20client&redirect_uri=https%3A%2F%2Fgw.test%2Fauth%2Fcallback"
      "&scope=openid%20profile&state=s-1&nonce=n-1&code_challenge=c-1&code_challenge_method=S256";
  EXPECT_EQ(url_at("https://idp.test/authorize"), "https://idp.test/authorize?" + rest);
  EXPECT_EQ(url_at("https://idp.test/authorize?p=1"), "https://idp.test/authorize?p=1&" + rest);
}

std::string code_of(const std::string& query, bool names_itself = false) {
  const auto code = code_in(Form(query), "https://idp.test", names_itself);
  return code ? *code : std::string(code.error());
}

TEST(ProviderRequest, TakesACodeFromTheProviderThatWasAsked) {
  const std::string iss = "&iss=https%3A%2F%2Fidp.test";
  EXPECT_EQ(code_of("code=c-1&state=s"), "c-1");
  EXPECT_EQ(code_of("code=c-1&state=s" + iss), "c-1");
  EXPECT_EQ(code_of("code=c-1&state=s" + iss, true), "c-1");
  EXPECT_EQ(code_of("code=c-1&state=s", true), "iss");
  EXPECT_EQ(code_of("code=c-1&iss=https%3A%2F%2Fevil.test"), "iss");
  EXPECT_EQ(code_of("code=c-1&iss="), "iss");
  EXPECT_EQ(code_of("code=c-1&iss=https%3A%2F%2Fidp.test%2F", true), "iss");
  EXPECT_EQ(code_of("error=access_denied&iss=https%3A%2F%2Fevil.test"), "iss");
  EXPECT_EQ(code_of("error=access_denied"), "provider_refused");
  EXPECT_EQ(code_of("error=x&code=c-1"), "provider_refused");
  EXPECT_EQ(code_of("code="), "provider_refused");
  EXPECT_EQ(code_of("state=s"), "provider_refused");
  EXPECT_EQ(code_of("code=a&code=b"), "provider_refused");
}

TokenPost post_with(std::string_view secret, bool in_body) {
  return token_post({.client = "srasta",
                     .secret = secret,
                     .secret_in_body = in_body,
                     .code = "c&d",
                     .redirect_uri = "https://gw.test/cb",
                     .verifier = "v-1"});
}

TEST(ProviderRequest, ShowsTheSecretInOnePlaceOnly) {
  const std::string type = "Content-Type: application/x-www-form-urlencoded\r\n";
  const std::string form =
      "grant_type=authorization_code&code=c%26d&redirect_uri=https%3A%2F%2Fgw.test%2Fcb"
      "&code_verifier=v-1";
  const TokenPost open = post_with("", false);
  EXPECT_EQ(open.fields.expose(), type);
  EXPECT_EQ(open.form.expose(), form + "&client_id=srasta");

  // printf 'srasta:p%%3Aw%%3F%%3E' | base64
  const TokenPost basic = post_with("p:w?>", false);
  EXPECT_EQ(basic.fields.expose(), type + "Authorization: Basic c3Jhc3RhOnAlM0F3JTNGJTNF\r\n");
  EXPECT_EQ(basic.form.expose(), form);

  const TokenPost in_body = post_with("p:w", true);
  EXPECT_EQ(in_body.fields.expose(), type);
  EXPECT_EQ(in_body.form.expose(), form + "&client_id=srasta&client_secret=p%3Aw");
}

std::string read(int status, const std::string& type, const std::string& body,
                 net::ClientFault fault = net::ClientFault::None) {
  net::SimpleAnswer answer;
  answer.fault = fault;
  answer.status = status;
  answer.content_type = type;
  answer.body = body;
  const auto tokens = read_tokens(answer);
  if (!tokens) return std::string(tokens.error());
  return std::string(tokens->id_token.expose()) + " " + std::string(tokens->access_token.expose());
}

TEST(ProviderRequest, ReadsTokensAndNothingElse) {
  const std::string json = "application/json";
  const std::string good = R"({"id_token":"i","access_token":"a","token_type":"Bearer"})";
  EXPECT_EQ(read(200, json, good), "i a");
  EXPECT_EQ(read(200, "Application/JSON; charset=utf-8", good), "i a");
  EXPECT_EQ(read(200, json, R"({"id_token":"i"})"), "i ");
  EXPECT_EQ(read(400, json, R"({"error":"invalid_grant"})"), "provider_refused");
  EXPECT_EQ(read(401, json, R"({"error":"invalid_client"})"), "provider_refused");
  for (const auto& [status, type, body] :
       std::initializer_list<std::tuple<int, std::string, std::string>>{
           {200, "text/html", good},
           {200, "", good},
           {200, "application/jsonx", good},
           {200, json, "<html>"},
           {200, json, R"({"access_token":"a"})"},
           {200, json, R"({"id_token":5})"},
           {200, json, R"({"id_token":"i","id_token":"j"})"},
           {200, json, R"({"error":"invalid_grant"})"},
           {201, json, good},
           {302, json, good},
           {400, json, good},
           {500, json, R"({"error":"server_error"})"}}) {
    EXPECT_EQ(read(status, type, body), "provider_unreachable") << status << type << body;
  }
  EXPECT_EQ(read(200, json, good, net::ClientFault::ShortBody), "provider_unreachable");
}

}  // namespace
}  // namespace srasta::admin
