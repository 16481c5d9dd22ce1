#include "identity/claim_mapping.h"

#include "access/role.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

using base::RoleName;
using base::TenantId;

/// "acme: user developer" with the roles that exist, or the reason and the claims that were looked
/// at.
std::string map_claims(const ClaimMapping& mapping, const std::string& claims) {
  const auto document = json::Document::parse(claims);
  EXPECT_TRUE(document.ok()) << claims;
  const auto result = mapping.apply(document->root());
  std::string text;
  if (result) {
    text = result->tenant.str() + ":";
    const access::RoleTable known = access::RoleTable::built_in();
    for (const auto& role : result->roles) {
      if (known.knows(role)) text += " " + role.str();
    }
    if (result->groups_overage) text += " (groups_overage)";
  } else {
    text = to_string(result.error().fault);
    for (const auto& claim : result.error().claims) text += " " + claim;
  }
  return text;
}

ClaimMapping generic() {
  return ClaimMapping({});
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
      {R"("acme\u0000")", "claim_value"},
  };
  for (const auto& [tenant, reason] : rows) {
    EXPECT_EQ(map_claims(generic(), R"({"roles":["user"],"tenant":)" + std::string(tenant) + "}"),
              std::string(reason) + " /tenant");
  }
  EXPECT_EQ(map_claims(generic(), R"({"roles":["user"]})"), "no_tenant /tenant");
}

TEST(ClaimMapping, BoundsTheLengthOfTenants) {
  const std::string longest(41, 'a');
  EXPECT_EQ(map_claims(generic(), R"({"tenant":")" + longest + R"(","roles":["user"]})"),
            longest + ": user");
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"a)" + longest + R"(","roles":["user"]})"),
            "tenant_unmapped /tenant");
}

TEST(ClaimMapping, LetsAnIssuerSpeakForItsTenantsOnly) {
  const ClaimMapping mapping({.tenant = {.allowed = {TenantId("acme")}}});

  EXPECT_EQ(map_claims(mapping, R"({"tenant":"acme","roles":["user"]})"), "acme: user");
  EXPECT_EQ(map_claims(mapping, R"({"tenant":"globex","roles":["user"]})"),
            "tenant_unmapped /tenant");
}

/// "-", or the permissions that the scopes leave.
std::string scopes_of(const ClaimMapping& mapping, const std::string& claims) {
  const auto document = json::Document::parse(claims);
  const auto result = mapping.apply(document->root());
  if (!result || !result->scopes) return "-";
  std::string text;
  for (size_t i = 0; i < access::kPermissionCount; ++i) {
    const auto permission = static_cast<access::Permission>(i);
    if (result->scopes->contains(permission)) text += std::string(to_string(permission)) + " ";
  }
  return text;
}

TEST(ClaimMapping, ReadsTheScopesOfThisPlatformOnly) {
  const auto scoped = [](const std::string& scope) {
    return scopes_of(ClaimMapping({}), R"({"tenant":"acme","scope":)" + scope + "}");
  };
  EXPECT_EQ(scoped(R"("openid profile inference.invoke")"), "-");
  EXPECT_EQ(scoped(R"("openid srasta:inference.invoke")"), "inference.invoke ");
  EXPECT_EQ(scoped(R"(["srasta:inference.models","srasta:audit.read"])"),
            "inference.models audit.read ");
  EXPECT_EQ(scoped(R"("srasta:sessions.*")"), "sessions.read sessions.write ");
  EXPECT_EQ(scoped(R"("srasta:inference.invok")"), "") << "a name that is unknown permits nothing";
  EXPECT_EQ(scoped(R"("srasta:*")"), "");
  const ClaimMapping as_roles(
      {.roles = {.claims = {"/scope"}, .map = {{{"srasta:service", {RoleName("service")}}}}}});
  EXPECT_EQ(scopes_of(as_roles, R"({"tenant":"acme","scope":"srasta:service"})"), "-")
      << "a value that is mapped to a role is not a scope";
}

TEST(ClaimMapping, JoinsTheSubjectOfItsClaims) {
  const auto subject = [](const std::string& claims) {
    const ClaimMapping mapping(
        {.tenant = {.fixed = TenantId("acme")}, .subject = {"/tid", "/oid"}});
    const auto document = json::Document::parse(claims);
    const auto result = mapping.apply(document->root());
    return result ? result->subject : std::string(to_string(result.error().fault));
  };
  EXPECT_EQ(subject(R"({"sub":"s","tid":"t","oid":"o"})"), "t:o");
  EXPECT_EQ(subject(R"({"sub":"s","tid":"t"})"), "s");
  EXPECT_EQ(subject(R"({"sub":"s","tid":"t","oid":5})"), "s");
  EXPECT_EQ(subject(R"({"sub":"s","tid":"t","oid":"o\n"})"), "claim_value");
}

TEST(ClaimMapping, RefusesRolesByInexactNameOrType) {
  for (const char* roles :
       {R"(["USER"])", R"(["user "])", "[\"us\u0435r\"]", R"([["user"]])", R"([{"name":"user"}])",
        R"({"user":false})", R"({"user":null})", R"({"user":""})", R"({"user":{}})",
        R"({"user":[]})", R"({"user":5})", "5", R"("user,developer")", "[null]", "[]", R"("")"}) {
    EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme","roles":)" + std::string(roles) + "}"),
              "acme:")
        << roles;
  }
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme"})"), "acme:");
}

TEST(ClaimMapping, ReadsABoundedNumberOfRoles) {
  std::string roles;
  for (int i = 0; i < 10'000; ++i) roles += R"("x",)";
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme","roles":[)" + roles + R"("user"]})"),
            "acme:");
  EXPECT_EQ(map_claims(generic(), R"({"tenant":"acme","roles":["user",)" + roles + R"("x"]})"),
            "acme: user");
}

TEST(ClaimMapping, MapsGroupsAndThenNothingElse) {
  const ClaimMapping mapping(
      {.tenant = {.fixed = TenantId("acme")},
       .roles = {.claims = {"/groups"},
                 .map = {{{"ai-team", {RoleName("user"), RoleName("developer")}},
                          {"ops", {RoleName("operator"), RoleName("no-such-role")}}}}}});

  EXPECT_EQ(map_claims(mapping, R"({"groups":["Everyone","ai-team"]})"), "acme: user developer");
  EXPECT_EQ(map_claims(mapping, R"({"groups":["ops"]})"), "acme: operator");
  EXPECT_EQ(map_claims(mapping, R"({"groups":["owner"]})"), "acme:");
}

/// "agent of idp, tool" as the claims say who acts, or the reason and the claim of the refusal.
std::string delegates_of(const std::string& act) {
  const auto document = json::Document::parse(R"({"tenant":"acme","act":)" + act + "}");
  EXPECT_TRUE(document.ok()) << act;
  const auto result = ClaimMapping({}).apply(document->root());
  if (!result) {
    return std::string(to_string(result.error().fault)) + " " + result.error().claims.front();
  }
  std::string text;
  for (const access::Delegate& delegate : result->delegates) {
    if (!text.empty()) text += ", ";
    text += delegate.subject + (delegate.issuer.empty() ? "" : " of " + delegate.issuer);
  }
  return text;
}

TEST(ClaimMapping, TellsWhoActsForTheSubject) {
  EXPECT_EQ(delegates_of(R"({"sub":"agent"})"), "agent");
  EXPECT_EQ(delegates_of(R"({"sub":"agent","iss":"https://idp","client_id":"c"})"),
            "agent of https://idp");
  EXPECT_EQ(delegates_of(R"({"sub":"tool","act":{"sub":"agent","act":{"sub":"portal"}}})"),
            "tool, agent, portal");
}

TEST(ClaimMapping, RefusesTokensThatDoNotSayWhoActs) {
  const std::string longest(255, 'a');
  EXPECT_EQ(delegates_of(R"({"sub":")" + longest + R"("})"), longest);
  const std::pair<std::string, const char*> rows[] = {
      {"null", "claim_type"},
      {R"("agent")", "claim_type"},
      {R"(["agent"])", "claim_type"},
      {"{}", "claim_type"},
      {R"({"iss":"https://idp"})", "claim_type"},
      {R"({"sub":5})", "claim_type"},
      {R"({"sub":"agent","iss":5})", "claim_type"},
      {R"({"sub":"agent","act":null})", "claim_type"},
      {R"({"sub":"agent","act":{}})", "claim_type"},
      {R"({"sub":""})", "claim_value"},
      {R"({"sub":"a\u0000b"})", "claim_value"},
      {R"({"sub":"a)" + longest + R"("})", "claim_value"},
      {R"({"sub":"agent","iss":"a\n"})", "claim_value"},
      {R"({"sub":"1","act":{"sub":"2","act":{"sub":"3","act":{"sub":"4"}}}})", "delegation"},
  };
  for (const auto& [act, reason] : rows) {
    EXPECT_EQ(delegates_of(act), std::string(reason) + " /act") << act;
  }
}

std::vector<std::string> groups_of(MappingRules rules, const std::string& groups) {
  const auto document = json::Document::parse(R"({"tenant":"acme","groups":)" + groups + "}");
  EXPECT_TRUE(document.ok()) << groups;
  const auto result = ClaimMapping(std::move(rules)).apply(document->root());
  return result ? result->groups : std::vector<std::string>{"refused"};
}

TEST(ClaimMapping, ReadsGroupsOnlyWhereTheyAreAskedFor) {
  using Names = std::vector<std::string>;
  const std::string groups = R"(["/acme/devs","ops","ops",5,"a\u0007",""])";
  EXPECT_EQ(groups_of({}, groups), Names{});
  EXPECT_EQ(groups_of({.groups = "/groups"}, groups), (Names{"/acme/devs", "ops"}));
  EXPECT_EQ(groups_of({.groups = "/groups", .group_map = {{"/acme/devs", "devs"}}}, groups),
            Names{"devs"});
  EXPECT_EQ(groups_of({.groups = "/other"}, groups), Names{});
}

TEST(ClaimMapping, CountsABoundedNumberOfGroups) {
  std::string many = "[";
  for (int i = 0; i < 40; ++i) many += "\"g" + std::to_string(i) + "\",";
  many += "\"" + std::string(65, 'x') + "\"]";
  const auto groups = groups_of({.groups = "/groups"}, many);
  EXPECT_EQ(groups.size(), kMaxGroups);
  EXPECT_EQ(groups.back(), "g15");
}

TEST(ClaimMapping, MapsValuesToPersonasAndThenNothingElse) {
  const MappingRules rules{.personas = "/groups",
                           .persona_map = {{{"coders", {"coder", "reader"}}, {"all", {"reader"}}}}};
  const auto personas = [&](const std::string& groups) {
    const auto document = json::Document::parse(R"({"tenant":"acme","groups":)" + groups + "}");
    const auto result = ClaimMapping(rules).apply(document->root());
    return result ? result->personas : std::vector<std::string>{"refused"};
  };
  EXPECT_EQ(personas(R"(["all","coders","x"])"), (std::vector<std::string>{"reader", "coder"}));
  EXPECT_EQ(personas(R"(["coder"])"), std::vector<std::string>{});
}

// Zitadel: roles of a project, each with the organisations that granted it.
TEST(ClaimMapping, CountsZitadelRolesOfTheOwnOrganisationOnly) {
  const ClaimMapping mapping({.tenant = {.claim = "/urn:zitadel:iam:user:resourceowner:id",
                                         .map = {{"276370000000000009", TenantId("acme")}}},
                              .roles = {.claims = {"/urn:zitadel:iam:org:project:roles"}}});
  const std::string claims = R"({"urn:zitadel:iam:user:resourceowner:id":"276370000000000009",
      "urn:zitadel:iam:org:project:roles":{"user":{"276370000000000009":"acme.example"},
                                           "owner":{"276370000000000555":"other.example"}}})";

  EXPECT_EQ(map_claims(mapping, claims), "acme: user");

  const ClaimMapping fixed({.tenant = {.fixed = TenantId("acme")},
                            .roles = {.claims = {"/urn:zitadel:iam:org:project:roles"}}});
  EXPECT_EQ(map_claims(fixed, claims), "acme: user");
}

TEST(ClaimMapping, GathersKeycloakRolesOfRealmAndClient) {
  const ClaimMapping mapping(
      {.tenant = {.fixed = TenantId("acme")},
       .roles = {.claims = {"/realm_access/roles", "/resource_access/srasta-api/roles"}}});
  const std::string claims = R"({"realm_access":{"roles":["offline_access","user"]},
      "resource_access":{"srasta-api":{"roles":["developer"]},"account":{"roles":["owner"]}}})";

  EXPECT_EQ(map_claims(mapping, claims), "acme: user developer");
}

TEST(ClaimMapping, TakesTheOnlyKeycloakOrganisation) {
  const ClaimMapping mapping({.tenant = {.claim = "/organization"}});

  EXPECT_EQ(map_claims(mapping, R"({"organization":{"acme":{"id":"42"}},"roles":["user"]})"),
            "acme: user");
  EXPECT_EQ(map_claims(mapping, R"({"organization":["acme"],"roles":["user"]})"), "acme: user");
  EXPECT_EQ(map_claims(mapping, R"({"organization":["acme","globex"],"roles":["user"]})"),
            "tenant_ambiguous /organization");
}

// Entra ID: groups that were too many for the token. The address it names is data, never called.
TEST(ClaimMapping, SaysWhenTheProviderLeftTheGroupsOut) {
  const ClaimMapping mapping(
      {.tenant = {.fixed = TenantId("acme")}, .roles = {.claims = {"/groups"}}});

  EXPECT_EQ(map_claims(mapping, R"({"_claim_names":{"groups":"src1"}})"), "acme: (groups_overage)");
  EXPECT_EQ(map_claims(mapping, R"({"hasgroups":true})"), "acme: (groups_overage)");
}

TEST(ClaimMapping, HonoursEscapesInPointers) {
  const ClaimMapping mapping(
      {.tenant = {.claim = "/org_id", .map = {{"org_9ybs", TenantId("acme")}}},
       .roles = {.claims = {"/https:~1~1srasta.example~1roles"}}});

  EXPECT_EQ(map_claims(mapping, R"({"org_id":"org_9ybs","https://srasta.example/roles":["user"]})"),
            "acme: user");
  EXPECT_EQ(map_claims(mapping, R"({"org_id":"acme","https://srasta.example/roles":["user"]})"),
            "tenant_unmapped /org_id");
}

/// "acme: user | staff | g1" of what is left.
std::string narrow(const MappingRules& rules) {
  const auto left = ClaimMapping(rules).narrowed({.tenant = TenantId("acme"),
                                                  .roles = {RoleName("user"), RoleName("owner")},
                                                  .subject = "u-1",
                                                  .personas = {"staff", "chief"},
                                                  .groups = {"g1", "g2"}});
  if (!left) return std::string(to_string(left.error().fault));
  std::string text = left->tenant.str() + ":";
  for (const RoleName& role : left->roles) text += " " + role.str();
  text += " |";
  for (const std::string& persona : left->personas) text += " " + persona;
  text += " |";
  for (const std::string& group : left->groups) text += " " + group;
  return text;
}

TEST(ClaimMapping, LeavesOfWhatWasMappedBeforeWhatItCouldStillGive) {
  EXPECT_EQ(narrow({}), "acme: user owner | staff chief |");
  EXPECT_EQ(narrow({.groups = "/groups"}), "acme: user owner | staff chief | g1 g2");
  EXPECT_EQ(narrow({.roles = {.map = {{{"team", {RoleName("user")}}}}},
                    .persona_map = {{{"x", {"staff"}}}},
                    .groups = "/groups",
                    .group_map = {{"x", "g2"}}}),
            "acme: user | staff | g2");
  EXPECT_EQ(narrow({.tenant = {.fixed = TenantId("acme")}}), "acme: user owner | staff chief |");
  EXPECT_EQ(narrow({.tenant = {.map = {{"a", TenantId("acme")}}, .allowed = {TenantId("acme")}}}),
            "acme: user owner | staff chief |");
  EXPECT_EQ(narrow({.tenant = {.fixed = TenantId("globex")}}), "tenant_unmapped");
  EXPECT_EQ(narrow({.tenant = {.map = {{"a", TenantId("globex")}}}}), "tenant_unmapped");
  EXPECT_EQ(narrow({.tenant = {.allowed = {TenantId("globex")}}}), "tenant_unmapped");
}

}  // namespace
}  // namespace srasta::identity
