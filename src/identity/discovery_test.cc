#include "identity/discovery.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

const IssuerLocation kA = {.issuer = "https://idp-a.test:8443"};

std::string document(const std::string& issuer, const std::string& jwks_uri) {
  return R"({"issuer":)" + issuer + R"(,"jwks_uri":)" + jwks_uri +
         R"(,"response_types_supported":["code"]})";
}

TokenFault fault_of(const std::string& text, const IssuerLocation& location = kA) {
  const auto found = parse_discovery(text, location);
  EXPECT_FALSE(found.has_value()) << text;
  return found ? TokenFault::NoCredential : found.error().fault;
}

TEST(Discovery, IsFoundBelowTheIssuer) {
  EXPECT_EQ(discovery_url("https://idp.test"), "https://idp.test/.well-known/openid-configuration");
  EXPECT_EQ(discovery_url("https://acme.eu.auth0.com/"),
            "https://acme.eu.auth0.com/.well-known/openid-configuration");
  EXPECT_EQ(discovery_url("https://kc.test/realms/acme"),
            "https://kc.test/realms/acme/.well-known/openid-configuration");
}

TEST(Discovery, GivesTheAddressOfTheKeys) {
  const auto found = parse_discovery(
      document(R"("https://idp-a.test:8443")", R"("https://idp-a.test:8443/jwks")"), kA);

  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->jwks_uri, "https://idp-a.test:8443/jwks");
}

TEST(Discovery, RefusesAnotherIssuerAndNamesBoth) {
  for (const char* issuer : {R"("https://idp-a.test:8443/")", R"("https://IDP-A.test:8443")",
                             R"("https://idp-b.test:8443")", "5", "null"}) {
    const auto text = document(issuer, R"("https://idp-a.test:8443/jwks")");
    EXPECT_EQ(fault_of(text), TokenFault::IssuerMismatch) << issuer;
  }
  EXPECT_EQ(fault_of(R"({"jwks_uri":"https://idp-a.test:8443/jwks"})"), TokenFault::IssuerMismatch);
  const auto found = parse_discovery(document(R"("https://b.test")", R"("x")"), kA);
  EXPECT_NE(found.error().detail.find("https://idp-a.test:8443"), std::string::npos);
  EXPECT_NE(found.error().detail.find("https://b.test"), std::string::npos);
}

TEST(Discovery, RefusesKeysFromElsewhere) {
  for (const char* uri :
       {R"("http://idp-a.test/jwks")", R"("http://idp-a.test:8443/jwks")", R"("file:///keys.json")",
        R"("https://169.254.169.254/jwks")", R"("https://evil.test/jwks")", R"("/jwks")",
        R"("https://idp-a.test:9443/jwks")", R"("https://idp-a.test:8443@evil.test/jwks")",
        R"("https://idp-a.test:8443.evil.test/jwks")", R"("https://idp-a.test:8443\\@evil.test/")",
        R"("https://idp-a.test:8443/jwks#x")", R"("https://idp-a.test:8443/a b")", R"("")", "null",
        "5"}) {
    EXPECT_EQ(fault_of(document(R"("https://idp-a.test:8443")", uri)), TokenFault::JwksUri) << uri;
  }
}

TEST(Discovery, AcceptsAnotherHostOnlyWhenItIsConfigured) {
  const IssuerLocation google = {.issuer = "https://accounts.google.com",
                                 .jwks_hosts = {"www.googleapis.com"}};

  EXPECT_TRUE(may_fetch("https://www.googleapis.com/oauth2/v3/certs", google));
  EXPECT_TRUE(may_fetch("https://www.googleapis.com:443/oauth2/v3/certs", google));
  EXPECT_FALSE(may_fetch("https://www.googleapis.com:8443/oauth2/v3/certs", google));
  EXPECT_FALSE(may_fetch("http://www.googleapis.com/oauth2/v3/certs", google));
}

TEST(Discovery, AcceptsLoopbackHttpOnlyWhenItIsAllowed) {
  IssuerLocation local = {.issuer = "http://127.0.0.1:9000"};
  EXPECT_FALSE(may_fetch("http://127.0.0.1:9000/jwks", local));

  local.allow_loopback_http = true;

  EXPECT_TRUE(may_fetch("http://127.0.0.1:9000/jwks", local));
  EXPECT_FALSE(may_fetch("http://127.0.0.1:9001/jwks", local));
  EXPECT_FALSE(may_fetch("https://127.0.0.1:9000/jwks", local));
}

std::expected<Discovery, KeysFailure> with(const std::string& members) {
  IssuerLocation location = kA;
  location.endpoint_hosts = {"login.test"};
  return parse_discovery(R"({"issuer":"https://idp-a.test:8443","jwks_uri":)"
                         R"("https://idp-a.test:8443/jwks")" +
                             members + "}",
                         location);
}

TEST(Discovery, NamesTheEndpointsOfASignInWhereTheyMayBe) {
  const auto found = with(R"(,"authorization_endpoint":"https://login.test/authorize?p=1",)"
                          R"("token_endpoint":"https://idp-a.test:8443/token",)"
                          R"("authorization_response_iss_parameter_supported":true)");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->authorization_endpoint, "https://login.test/authorize?p=1");
  EXPECT_EQ(found->token_endpoint, "https://idp-a.test:8443/token");
  EXPECT_TRUE(found->names_itself);

  for (const char* url :
       {R"("http://idp-a.test:8443/x")", R"("https://evil.test/x")", R"x("javascript:alert(1)")x",
        R"("https://u@idp-a.test:8443/x")", R"("https://idp-a.test:8443/x#y")", "5"}) {
    const auto wrong =
        with(R"(,"authorization_endpoint":)" + std::string(url) + R"(,"token_endpoint":)" + url);
    ASSERT_TRUE(wrong.has_value()) << url << ": tokens are verified all the same";
    EXPECT_EQ(wrong->authorization_endpoint, "") << url;
    EXPECT_EQ(wrong->token_endpoint, "") << url;
    EXPECT_FALSE(wrong->names_itself);
  }
}

TEST(Discovery, TellsHowSecretsAreShown) {
  const auto in_body = [](const std::string& methods) {
    const auto found = with(R"(,"token_endpoint_auth_methods_supported":)" + methods);
    return found && found->secret_in_body;
  };
  EXPECT_FALSE(with("")->secret_in_body);
  EXPECT_FALSE(in_body(R"(["client_secret_post","client_secret_basic"])"));
  EXPECT_FALSE(in_body(R"(["private_key_jwt"])"));
  EXPECT_TRUE(in_body(R"(["client_secret_post"])"));
  EXPECT_TRUE(in_body(R"(["none","client_secret_post"])"));
}

TEST(Discovery, RefusesWhatIsNotAnObject) {
  for (const char* text : {"", "[]", "null", "<html>", R"({"issuer":)"}) {
    EXPECT_EQ(fault_of(text), TokenFault::JwksBad) << text;
  }
  EXPECT_EQ(fault_of(std::string((1 << 20) + 1, ' ')), TokenFault::JwksTooLarge);
}

TEST(IssuerUrl, MustBeHttpsWithoutOrnaments) {
  EXPECT_EQ(issuer_url_problem("https://idp.test:8443/realms/a", false), "");
  EXPECT_EQ(issuer_url_problem("http://localhost:9000", true), "");
  EXPECT_EQ(issuer_url_problem("http://[::1]:9000", true), "");
  for (const char* url :
       {"http://idp.test", "https://user:pass@idp.test", "https://idp.test?x=1",
        "https://idp.test#x", "idp.test", "", "https://", "https://idp.test:0",
        "http://127.0.0.1.evil.test", "http://127.1", "http://127.0.0.1.", "HTTPS://idp.test"}) {
    EXPECT_NE(issuer_url_problem(url, true), "") << url;
  }
  EXPECT_NE(issuer_url_problem("http://localhost:9000", false), "");
}

}  // namespace
}  // namespace srasta::identity
