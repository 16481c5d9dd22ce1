#include "access/explain.h"

#include "access/principal.h"

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

using base::RoleName;
using base::TenantId;

AccessRules rules() {
  AccessRules rules;
  rules.revision = 5;
  rules.tenants = {{TenantId("acme"), false}, {TenantId("globex"), true}};
  rules.models = {{RoleName("user"), {"general"}}};
  rules.personas["reader"] = {{Permission::RagRead}, std::nullopt};
  rules.keys["abcdefgh2345"] = {.subject = "k-dev",
                                .tenant = TenantId("acme"),
                                .roles = {RoleName("user")},
                                .expires = 1'800'000'000};
  return rules;
}

Question ask(std::string role, Permission action) {
  return {.issuer = "local",
          .subject = "u",
          .tenant = TenantId("acme"),
          .roles = {RoleName(std::move(role))},
          .action = action};
}

TEST(Explain, NamesTheGrantOrItsAbsence) {
  const auto snapshot = AccessSnapshot::of(rules());

  const auto yes = explain(*snapshot, ask("user", Permission::InferenceInvoke));
  EXPECT_TRUE(yes.allowed);
  EXPECT_EQ(yes.rule, "role user grants inference.invoke");
  EXPECT_EQ(yes.revision, 5U);

  const auto no = explain(*snapshot, ask("admin", Permission::InferenceInvoke));
  EXPECT_FALSE(no.allowed);
  EXPECT_EQ(no.rule, "no grant of inference.invoke in role admin");
  EXPECT_EQ(no.reason, "permission");
}

TEST(Explain, NamesWhatNarrows) {
  const auto snapshot = AccessSnapshot::of(rules());
  Question question = ask("user", Permission::InferenceInvoke);
  question.model = "coding";
  EXPECT_EQ(explain(*snapshot, question).reason, "model_not_allowed");
  question.model = "general";
  EXPECT_TRUE(explain(*snapshot, question).allowed);
  question.personas = {"reader"};
  EXPECT_EQ(explain(*snapshot, question).rule,
            "role user grants inference.invoke, but no persona of the caller leaves it");
  question.persona = "writer";
  EXPECT_EQ(explain(*snapshot, question).reason, "persona");
}

TEST(Explain, NarrowsToTheScopesOfTheToken) {
  const auto snapshot = AccessSnapshot::of(rules());
  Question question = ask("user", Permission::InferenceInvoke);
  question.scopes = parse_scopes(std::vector<std::string>{"openid", "srasta:inference.*"});
  EXPECT_TRUE(explain(*snapshot, question).allowed);
  question.scopes = parse_scopes(std::vector<std::string>{"srasta:rag.read"});
  EXPECT_EQ(explain(*snapshot, question).rule,
            "role user grants inference.invoke, but no scope of the token names it");
  EXPECT_EQ(explain(*snapshot, question).reason, "permission");

  // A scope gives nothing that the roles do not give.
  question.scopes = parse_scopes(std::vector<std::string>{"srasta:admin.*"});
  question.action = Permission::AdminRead;
  EXPECT_EQ(explain(*snapshot, question).rule, "no grant of admin.read in role user");
}

TEST(Explain, AsksAboutWhoActsToo) {
  AccessRules changed = rules();
  changed.users[principal_bytes("local", "acme", "agent")] = {.disabled = true};
  const auto snapshot = AccessSnapshot::of(changed);
  Question question = ask("user", Permission::InferenceInvoke);
  question.delegates = {{"local", "other"}};
  EXPECT_TRUE(explain(*snapshot, question).allowed);
  question.delegates = {{"local", "agent"}};
  EXPECT_EQ(explain(*snapshot, question).reason, "actor_disabled");
}

TEST(Explain, SaysThatToolsNeedAPersona) {
  AccessRules tools = rules();
  tools.personas["coder"] = {{Permission::ToolsRead}, std::nullopt};
  const auto snapshot = AccessSnapshot::of(tools);
  Question question = ask("developer", Permission::ToolsRead);

  const auto none = explain(*snapshot, question);
  EXPECT_FALSE(none.allowed);
  EXPECT_EQ(none.rule, "role developer grants tools.read, but nobody has tools without a persona");
  EXPECT_EQ(none.reason, "permission");

  question.personas = {"coder"};
  EXPECT_TRUE(explain(*snapshot, question).allowed);
  question.personas = {"reader"};
  EXPECT_EQ(explain(*snapshot, question).rule,
            "role developer grants tools.read, but no persona of the caller leaves it");
}

TEST(Explain, NamesWhatBars) {
  const auto snapshot = AccessSnapshot::of(rules());
  Question question = ask("user", Permission::InferenceInvoke);
  question.tenant = TenantId("globex");
  EXPECT_EQ(explain(*snapshot, question).rule, "tenant globex is suspended");
  question.tenant = TenantId("initech");
  EXPECT_EQ(explain(*snapshot, question).reason, "tenant_unmapped");
  EXPECT_EQ(explain(*snapshot, ask("nobody", Permission::AdminRead)).reason, "no_role");
}

TEST(Explain, TakesAKeyAsItStands) {
  const auto snapshot = AccessSnapshot::of(rules());
  Question question{.key_id = "abcdefgh2345", .action = Permission::InferenceInvoke};
  question.model = "general";
  EXPECT_TRUE(explain(*snapshot, question).allowed);
  question.now = 1'900'000'000;
  EXPECT_EQ(explain(*snapshot, question).reason, "expired");
  question.now = 0;
  question.key_id = "abcdefgh2346";
  EXPECT_EQ(explain(*snapshot, question).reason, "revoked");
}

}  // namespace
}  // namespace srasta::access
