#include "access/admission.h"

#include <gtest/gtest.h>

// Stands in for the verifier of the same name, which this test does not link: it may make claims.
namespace srasta::identity {
class Authenticator {
 public:
  static std::shared_ptr<const access::Claimed> claim(access::Claimed::Facts facts) {
    return std::make_shared<const access::Claimed>(access::Claimed(std::move(facts)));
  }
};
}  // namespace srasta::identity

namespace srasta::access {
namespace {

using base::RoleName;
using base::TenantId;

Claimed::Facts alice() {
  return {.issuer = "https://idp",
          .principal_issuer = "https://idp",
          .subject = "u-alice",
          .tenant = TenantId("acme"),
          .roles = {RoleName("user"), RoleName("developer"), RoleName("unknown")}};
}

AccessRules rules() {
  AccessRules rules;
  rules.tenants = {{TenantId("acme"), false}};
  return rules;
}

Admission::Outcome admit(Claimed::Facts facts, const AccessRules& rules,
                         std::string_view persona = {}) {
  return Admission::admit(identity::Authenticator::claim(std::move(facts)),
                          *AccessSnapshot::of(rules), persona);
}

TEST(Admission, CountsTheRolesThatExist) {
  const auto caller = admit(alice(), rules());

  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ((*caller)->roles(), (std::vector{RoleName("user"), RoleName("developer")}));
  EXPECT_EQ((*caller)->permissions(),
            RoleTable::built_in().permissions_of(RoleName("developer")) - kToolPermissions);
  EXPECT_EQ((*caller)->kind(), CallerKind::User);
  EXPECT_TRUE((*caller)->models().allows("anything"));
}

TEST(Admission, BarsByTenantUserAndRole) {
  AccessRules changed = rules();
  changed.tenants = {{TenantId("globex"), false}};
  EXPECT_EQ(admit(alice(), changed).error(), Barred::TenantUnknown);
  changed.tenants = {{TenantId("acme"), true}};
  EXPECT_EQ(admit(alice(), changed).error(), Barred::TenantSuspended);
  changed = rules();
  const PrincipalBytes who = principal_bytes("https://idp", "acme", "u-alice");
  changed.users[who] = {.disabled = true};
  EXPECT_EQ(admit(alice(), changed).error(), Barred::Disabled);
  changed.users[who] = {.deny_roles = {RoleName("user"), RoleName("developer")}};
  EXPECT_EQ(admit(alice(), changed).error(), Barred::NoRole);
  Claimed::Facts overage = alice();
  overage.groups_overage = true;
  EXPECT_EQ(admit(overage, changed).error(), Barred::GroupsOverage);
}

TEST(Admission, TakesFromADelegateWhatIsTakenFromHimself) {
  Claimed::Facts acting = alice();
  acting.delegates = {{.issuer = "https://idp", .subject = "u-agent"},
                      {.issuer = "https://idp", .subject = "u-portal"}};
  const PrincipalBytes agent = principal_bytes("https://idp", "acme", "u-agent");
  const PrincipalBytes portal = principal_bytes("https://idp", "acme", "u-portal");
  AccessRules changed = rules();
  EXPECT_EQ((*admit(acting, changed))->principal(), (*admit(alice(), changed))->principal());
  changed.users[agent] = {.deny_roles = {RoleName("developer")}};
  EXPECT_EQ((*admit(acting, changed))->roles(), std::vector{RoleName("user")});
  EXPECT_EQ((*admit(alice(), changed))->roles().size(), 2U);
  changed.users[agent] = {.disabled = true};
  EXPECT_EQ(admit(acting, changed).error(), Barred::DelegateDisabled);
  EXPECT_TRUE(admit(alice(), changed).has_value());

  // RFC 8693 section 4.1: who acted before is for information.
  changed.users.erase(agent);
  changed.users[portal] = {.disabled = true};
  EXPECT_TRUE(admit(acting, changed).has_value());
}

TEST(Admission, NarrowsModelsByRole) {
  AccessRules changed = rules();
  changed.models = {{RoleName("user"), {"general"}}, {RoleName("developer"), {"qwen3-*"}}};

  const auto caller = *admit(alice(), changed);
  EXPECT_TRUE(caller->models().allows("general"));
  EXPECT_TRUE(caller->models().allows("qwen3-coder"));
  EXPECT_FALSE(caller->models().allows("fast"));

  changed.models = {{RoleName("auditor"), {"*"}}};
  EXPECT_FALSE((*admit(alice(), changed))->models().allows("general"));
}

TEST(Admission, LetsPersonasOnlyNarrow) {
  AccessRules changed = rules();
  changed.personas["reader"] = {{Permission::RagRead, Permission::AdminUsers}, std::nullopt};
  changed.personas["chatter"] = {{Permission::InferenceInvoke},
                                 std::vector<std::string>{"general"}};
  Claimed::Facts facts = alice();
  facts.personas = {"reader", "chatter", "gone"};

  const auto both = *admit(facts, changed);
  EXPECT_EQ(both->permissions(), (PermissionSet{Permission::RagRead, Permission::InferenceInvoke}));
  EXPECT_TRUE(both->models().allows("fast"));

  const auto one = *admit(facts, changed, "chatter");
  EXPECT_EQ(one->permissions(), PermissionSet{Permission::InferenceInvoke});
  EXPECT_FALSE(one->models().allows("fast"));

  EXPECT_EQ((*admit(facts, changed, "gone"))->permissions(), PermissionSet{});
  EXPECT_EQ(admit(facts, changed, "admin").error(), Barred::NotOwnPersona);
  EXPECT_EQ(admit(alice(), changed, "reader").error(), Barred::NotOwnPersona);
}

TEST(Admission, GivesNoToolsWithoutAPersona) {
  AccessRules changed = rules();
  changed.roles.set(RoleName("developer"), PermissionSet::everything());
  changed.personas["all"] = {PermissionSet::everything(), std::nullopt};
  changed.keys["abcdefgh2345"] = {
      .subject = "k-dev", .tenant = TenantId("acme"), .roles = {RoleName("developer")}};
  Claimed::Facts key{.issuer = "key",
                     .principal_issuer = "key",
                     .subject = "k-dev",
                     .tenant = TenantId("acme"),
                     .key_id = "abcdefgh2345"};

  for (const Claimed::Facts& facts : {alice(), key}) {
    const PermissionSet without = (*admit(facts, changed))->permissions();
    for (size_t i = 0; i < kPermissionCount; ++i) {
      const auto permission = static_cast<Permission>(i);
      const std::string_view name = to_string(permission);
      // Who approves uses none.
      EXPECT_EQ(without.contains(permission),
                !name.starts_with("tools.") || name == "tools.approve")
          << to_string(permission);
    }
  }
  Claimed::Facts facts = alice();
  facts.personas = {"all"};
  EXPECT_EQ((*admit(facts, changed))->permissions(), PermissionSet::everything());
  EXPECT_EQ((*admit(facts, changed, "all"))->permissions(), PermissionSet::everything());
}

TEST(Admission, TakesTheRightsOfAKeyFromTheSnapshot) {
  AccessRules changed = rules();
  changed.keys["abcdefgh2345"] = {.subject = "k-dev",
                                  .tenant = TenantId("acme"),
                                  .roles = {RoleName("user")},
                                  .models = std::vector<std::string>{"general"}};
  Claimed::Facts key{.issuer = "key",
                     .principal_issuer = "key",
                     .subject = "k-dev",
                     .tenant = TenantId("acme"),
                     .key_id = "abcdefgh2345"};

  const auto caller = *admit(key, changed);
  EXPECT_EQ(caller->kind(), CallerKind::Service);
  EXPECT_EQ(caller->roles(), std::vector{RoleName("user")});
  EXPECT_FALSE(caller->models().allows("fast"));

  changed.keys["abcdefgh2345"].subject = "somebody-else";
  EXPECT_EQ(admit(key, changed).error(), Barred::KeyRevoked);
  changed.keys.clear();
  EXPECT_EQ(admit(key, changed).error(), Barred::KeyRevoked);
}

TEST(PrincipalId, DependsOnEveryPartAndItsBorders) {
  EXPECT_NE(principal_bytes("a", "bc", "d"), principal_bytes("ab", "c", "d"));
  EXPECT_NE(principal_bytes("i", "acme", "s"), principal_bytes("i", "globex", "s"));
  EXPECT_EQ(principal_id(principal_bytes("i", "t", "s")).str().size(), 34U);
}

}  // namespace
}  // namespace srasta::access
