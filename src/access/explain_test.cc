#include "access/explain.h"

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
            "role user grants inference.invoke, but a scope or a persona narrows it away");
  question.persona = "writer";
  EXPECT_EQ(explain(*snapshot, question).reason, "persona");
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
            "role developer grants tools.read, but a scope or a persona narrows it away");
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
