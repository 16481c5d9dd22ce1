#include "identity/preset.h"

#include <gtest/gtest.h>

// Tokens as the five providers issue them, in full.
namespace srasta::identity {
namespace {

using base::RoleName;
using base::TenantId;
using config::IdentityPreset;

config::Issuer issuer_of(IdentityPreset preset, std::string audience) {
  config::Issuer issuer;
  issuer.preset = preset;
  issuer.audiences = {std::move(audience)};
  issuer.personas_claim = "/personas";
  return issuer;
}

std::string describe(const config::Issuer& issuer, const std::string& claims) {
  const auto document = json::Document::parse(claims);
  if (!document.ok()) return "not JSON";
  const auto result = ClaimMapping(mapping_rules(issuer)).apply(document->root());
  if (!result) return std::string(to_string(result.error().fault));
  std::string text = result->subject + "@" + result->tenant.str();
  for (const RoleName& role : result->roles) text += " " + role.str();
  if (result->machine) text += " machine";
  return text;
}

TEST(Preset, Zitadel) {
  config::Issuer issuer = issuer_of(IdentityPreset::Zitadel, "276380000000000001");
  issuer.tenant.map = {{"276370000000000009", TenantId("acme")}};

  EXPECT_EQ(describe(issuer, R"({"iss":"https://z.test","sub":"276381938746123456",
      "aud":["276380000000000001@srasta","276380000000000001"],"azp":"276380000000000001@srasta",
      "client_id":"276380000000000001@srasta",
      "urn:zitadel:iam:user:resourceowner:id":"276370000000000009",
      "urn:zitadel:iam:user:resourceowner:name":"Acme",
      "urn:zitadel:iam:org:project:roles":{"developer":{"276370000000000009":"acme.example"},
                                           "owner":{"276370000000000555":"other.example"}}})"),
            "276381938746123456@acme developer");
  EXPECT_EQ(
      describe(issuer, R"({"sub":"s","urn:zitadel:iam:user:resourceowner:id":"276370000000000009",
      "urn:zitadel:iam:org:project:276380000000000001:roles":{"user":{"276370000000000009":"a"}}})"),
      "s@acme user");
}

TEST(Preset, Keycloak) {
  config::Issuer issuer = issuer_of(IdentityPreset::Keycloak, "srasta-api");
  issuer.tenant.fixed = TenantId("acme");
  const std::string claims = R"({"iss":"https://kc.test/realms/acme","aud":["srasta-api","account"],
      "sub":"f3a1c7d2-0000-4000-8000-000000000001","typ":"Bearer","azp":"open-webui",
      "realm_access":{"roles":["offline_access","uma_authorization","user"]},
      "resource_access":{"srasta-api":{"roles":["developer"]},"account":{"roles":["manage-account"]}},
      "scope":"openid profile email","preferred_username":"alice"})";

  EXPECT_EQ(describe(issuer, claims),
            "f3a1c7d2-0000-4000-8000-000000000001@acme offline_access uma_authorization user "
            "developer");

  issuer.tenant = {};
  EXPECT_EQ(describe(issuer, R"({"sub":"s","organization":{"acme":{"id":"42c3e46f"}}})"), "s@acme");
  EXPECT_EQ(describe(issuer, R"({"sub":"s","organization":["acme","globex"]})"),
            "tenant_ambiguous");
}

TEST(Preset, EntraId) {
  const std::string tid = "11111111-1111-4111-8111-111111111111";
  config::Issuer issuer = issuer_of(IdentityPreset::Entra, "6fe1a0e2-0000-4000-8000-00000000abcd");
  issuer.tenant.map = {{tid, TenantId("acme")}};
  issuer.roles.map = {{"Srasta.Developer", {RoleName("developer")}}};
  const std::string rest = R"("aud":"6fe1a0e2-0000-4000-8000-00000000abcd",
      "azp":"22222222-2222-4222-8222-222222222222","azpacr":"1",
      "oid":"33333333-3333-4333-8333-333333333333","rh":"0.AX","roles":["Srasta.Developer"],
      "scp":"access_as_user","sub":"pairwiseSub_abc","uti":"x","ver":"2.0")";

  EXPECT_EQ(describe(issuer, R"({"tid":")" + tid + "\"," + rest + "}"),
            tid + ":33333333-3333-4333-8333-333333333333@acme developer");
  EXPECT_EQ(describe(issuer, R"({"tid":"99999999-9999-4999-8999-999999999999",)" + rest + "}"),
            "tenant_unmapped");
  EXPECT_EQ(describe(issuer, R"({"tid":")" + tid + R"(","oid":"o","sub":"s","idtyp":"app"})"),
            tid + ":o@acme machine");
}

TEST(Preset, Okta) {
  config::Issuer issuer = issuer_of(IdentityPreset::Okta, "api://default");
  issuer.tenant.fixed = TenantId("acme");
  issuer.roles.map = {{"srasta-developer", {RoleName("developer")}}};

  EXPECT_EQ(describe(issuer, R"({"ver":1,"jti":"AT.x","iss":"https://acme.okta.com/oauth2/default",
      "aud":"api://default","sub":"alice@acme.example","cid":"0oa1gjh63g214q0Hq0g4",
      "uid":"00u1gorc9tUXvo2fc2p7","scp":["openid","srasta.invoke"],
      "groups":["Everyone","srasta-developer"]})"),
            "00u1gorc9tUXvo2fc2p7@acme developer");
  EXPECT_EQ(describe(issuer, R"({"sub":"0oa1","cid":"0oa1","scp":["x"]})"), "0oa1@acme machine");
}

TEST(Preset, Auth0) {
  config::Issuer issuer = issuer_of(IdentityPreset::Auth0, "https://srasta.example/api");
  issuer.tenant.map = {{"org_9ybsU1dN2dKfDkBi", TenantId("acme")}};
  issuer.roles.claims = {"/https:~1~1srasta.example~1roles"};
  const std::string claims = R"({"iss":"https://acme.eu.auth0.com/","sub":"auth0|66a1f0",
      "aud":["https://srasta.example/api","https://acme.eu.auth0.com/userinfo"],"azp":"Zx81",
      "scope":"openid profile","org_id":"org_9ybsU1dN2dKfDkBi",
      "permissions":["inference:invoke"],"https://srasta.example/roles":["user"]})";

  EXPECT_EQ(describe(issuer, claims), "auth0|66a1f0@acme user");

  issuer.roles = {.claims = {"/scope"}, .map = {{"srasta:service", {RoleName("service")}}}};
  EXPECT_EQ(describe(issuer, R"({"gty":"client-credentials","sub":"Zx81@clients",
      "scope":"srasta:service","org_id":"org_9ybsU1dN2dKfDkBi"})"),
            "Zx81@clients@acme service machine");
}

}  // namespace
}  // namespace srasta::identity
