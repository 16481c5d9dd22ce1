#include "identity/claim_mapping.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

using base::RoleName;
using base::TenantId;

const std::set<TenantId> kTenants = {TenantId("acme"), TenantId("globex")};

/// "acme: user developer", or the reason and the claims that were looked at.
std::string map_claims(const ClaimMapping& mapping, const std::string& claims,
                       const std::set<TenantId>& tenants = kTenants) {
  const auto document = json::Document::parse(claims);
  EXPECT_TRUE(document.ok()) << claims;
  const auto result = mapping.apply(document->root(), tenants, access::RoleTable::built_in());
  std::string text;
  if (result) {
    text = result->tenant.str() + ":";
    for (const auto& role : result->roles) text += " " + role.str();
  } else {
    text = to_string(result.error().fault);
    for (const auto& claim : result.error().claims) text += " " + claim;
  }
  return text;
}

ClaimMapping generic() {
  return ClaimMapping(TenantRule{}, RoleRule{});
}

TEST(ClaimMapping, TakesTenantAndRolesByName) {
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme","roles":["user","developer","user"]})"),
            "acme: user developer");
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme","roles":"user  auditor"})"),
            "acme: user auditor");
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme","roles":["unknown","user"]})"), "acme: user");
}

TEST(ClaimMapping, RefusesTenantsThatAreNoneOrNotOurs) {
  const std::pair<const char*, const char*> rows[] = {
      {"null", "no_tenant"},
      {R"("")", "no_tenant"},
      {"5", "no_tenant"},
      {"true", "no_tenant"},
      {"[]", "no_tenant"},
      {"{}", "no_tenant"},
      {"[5]", "no_tenant"},
      {R"(["acme","globex"])", "tenant_ambiguous"},
      {R"({"acme":{},"globex":{}})", "tenant_ambiguous"},
      {R"("ACME")", "tenant_unmapped"},
      {R"("acme ")", "tenant_unmapped"},
      {R"("../globex")", "tenant_unmapped"},
      {R"("acme/../globex")", "tenant_unmapped"},
      {R"(".")", "tenant_unmapped"},
      {R"("-acme")", "tenant_unmapped"},
      {R"("unknown")", "tenant_unmapped"},
      {R"("acme\u0000")", "claim_value"},
  };
  for (const auto& [tenant, reason] : rows) {
    EXPECT_EQ(map_claims(generic(), R"({"roles":["user"],"tenant":)" + std::string(tenant) + "}"),
              std::string(reason) + " /tenant");
  }
  EXPECT_EQ(map_claims(generic(), R"({"roles":["user"]})"), "no_tenant /tenant");
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme","roles":["user"]})", {}),
            "tenant_unmapped /tenant");
}

TEST(ClaimMapping, RefusesNamesOutsideTheGrammarEvenIfRegistered) {
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"../x","roles":["user"]})", {TenantId("../x")}),
            "tenant_unmapped /tenant");
  const std::string longest(41, 'a');
  EXPECT_EQ(map_claims(generic(), R"({"tenant":")" + longest + R"(","roles":["user"]})",
                       {TenantId(longest)}),
            longest + ": user");
}

TEST(ClaimMapping, RefusesRolesByInexactNameOrType) {
  for (const char* roles :
       {R"(["USER"])", R"(["user "])", "[\"us\u0435r\"]", R"([["user"]])", R"([{"name":"user"}])",
        R"({"user":false})", R"({"user":null})", R"({"user":""})", R"({"user":{}})",
        R"({"user":[]})", R"({"user":5})", "5", R"("user,developer")", "[null]", "[]", R"("")"}) {
    EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme","roles":)" + std::string(roles) + "}"),
              "no_role /roles")
        << roles;
  }
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme"})"), "no_role /roles");
}

TEST(ClaimMapping, ReadsABoundedNumberOfRoles) {
  std::string roles;
  for (int i = 0; i < 10'000; ++i) roles += R"("x",)";
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme","roles":[)" + roles + R"("user"]})"),
            "no_role /roles");
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme","roles":["user",)" + roles + R"("x"]})"),
            "acme: user");
}

TEST(ClaimMapping, MapsGroupsAndThenNothingElse) {
  const ClaimMapping mapping(
      TenantRule{.fixed = TenantId("acme")},
      RoleRule{.claims = {"/groups"},
               .map = {{{"ai-team", {RoleName("user"), RoleName("developer")}},
                        {"ops", {RoleName("operator"), RoleName("no-such-role")}}}}});

  EXPECT_EQ(map_claims(mapping, R"({"groups":["Everyone","ai-team"]})"), "acme: user developer");
  EXPECT_EQ(map_claims(mapping, R"({"groups":["ops"]})"), "acme: operator");
  EXPECT_EQ(map_claims(mapping, R"({"groups":["owner"]})"), "no_role /groups");
}

TEST(ClaimMapping, NamesNoClaimForAFixedTenantThatIsNotRegistered) {
  const ClaimMapping mapping(TenantRule{.fixed = TenantId("initech")}, RoleRule{});

  EXPECT_EQ(map_claims(mapping, R"({"roles":["user"]})"), "tenant_unmapped");
}

// Zitadel: roles of a project, each with the organisations that granted it.
TEST(ClaimMapping, CountsZitadelRolesOfTheOwnOrganisationOnly) {
  const ClaimMapping mapping(TenantRule{.claim = "/urn:zitadel:iam:user:resourceowner:id",
                                        .map = {{"276370000000000009", TenantId("acme")}}},
                             RoleRule{.claims = {"/urn:zitadel:iam:org:project:roles"}});
  const std::string claims = R"({"urn:zitadel:iam:user:resourceowner:id":"276370000000000009",
      "urn:zitadel:iam:org:project:roles":{"user":{"276370000000000009":"acme.example"},
                                           "owner":{"276370000000000555":"other.example"}}})";

  EXPECT_EQ(map_claims(mapping, claims), "acme: user");

  const ClaimMapping fixed(TenantRule{.fixed = TenantId("acme")},
                           RoleRule{.claims = {"/urn:zitadel:iam:org:project:roles"}});
  EXPECT_EQ(map_claims(fixed, claims), "acme: user");
}

TEST(ClaimMapping, GathersKeycloakRolesOfRealmAndClient) {
  const ClaimMapping mapping(
      TenantRule{.fixed = TenantId("acme")},
      RoleRule{.claims = {"/realm_access/roles", "/resource_access/srasta-api/roles"}});
  const std::string claims = R"({"realm_access":{"roles":["offline_access","user"]},
      "resource_access":{"srasta-api":{"roles":["developer"]},"account":{"roles":["owner"]}}})";

  EXPECT_EQ(map_claims(mapping, claims), "acme: user developer");
}

TEST(ClaimMapping, TakesTheOnlyKeycloakOrganisation) {
  const ClaimMapping mapping(TenantRule{.claim = "/organization"}, RoleRule{});

  EXPECT_EQ(map_claims(mapping, R"({"organization":{"acme":{"id":"42"}},"roles":["user"]})"),
            "acme: user");
  EXPECT_EQ(map_claims(mapping, R"({"organization":["acme"],"roles":["user"]})"), "acme: user");
  EXPECT_EQ(map_claims(mapping, R"({"organization":["acme","globex"],"roles":["user"]})"),
            "tenant_ambiguous /organization");
}

// Entra ID: groups that were too many for the token. The address it names is data, never called.
TEST(ClaimMapping, SaysWhenTheProviderLeftTheGroupsOut) {
  const ClaimMapping mapping(TenantRule{.fixed = TenantId("acme")},
                             RoleRule{.claims = {"/groups"}});

  EXPECT_EQ(map_claims(mapping, R"({"_claim_names":{"groups":"src1"}})"), "groups_overage /groups");
  EXPECT_EQ(map_claims(mapping, R"({"hasgroups":true})"), "groups_overage /groups");
}

TEST(ClaimMapping, HonoursEscapesInPointers) {
  const ClaimMapping mapping(
      TenantRule{.claim = "/org_id", .map = {{"org_9ybs", TenantId("acme")}}},
      RoleRule{.claims = {"/https:~1~1srasta.example~1roles"}});

  EXPECT_EQ(map_claims(mapping, R"({"org_id":"org_9ybs","https://srasta.example/roles":["user"]})"),
            "acme: user");
  EXPECT_EQ(map_claims(mapping, R"({"org_id":"acme","https://srasta.example/roles":["user"]})"),
            "tenant_unmapped /org_id");
}

}  // namespace
}  // namespace srasta::identity
