#include "access/limit_scope.h"

#include <tuple>

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

const std::vector<base::RoleName> kUser = {base::RoleName("user")};

LimitSubject alice() {
  return {.principal = "p-alice", .tenant = "acme", .roles = kUser, .key = {}, .model = {}};
}

TEST(LimitScope, WithoutConditionsCoversEverybody) {
  EXPECT_TRUE(LimitScope{}.covers(alice()));
  EXPECT_TRUE(LimitScope{}.covers({}));
}

TEST(LimitScope, CoversAnyOfItsRolesInItsTenant) {
  const LimitScope scope{.roles = {base::RoleName("developer"), base::RoleName("user")},
                         .tenants = {base::TenantId("acme")},
                         .models = {}};
  EXPECT_TRUE(scope.covers(alice()));

  LimitSubject other = alice();
  other.tenant = "globex";
  EXPECT_FALSE(scope.covers(other));

  LimitSubject without_role = alice();
  without_role.roles = {};
  EXPECT_FALSE(scope.covers(without_role));
}

TEST(LimitScope, ThatNamesModelsCoversNobodyBeforeTheModelIsKnown) {
  const LimitScope scope{.roles = {}, .tenants = {}, .models = {"qwen*", "coding"}};
  LimitSubject subject = alice();
  EXPECT_FALSE(scope.covers(subject));
  subject.model = "qwen3-8b";
  EXPECT_TRUE(scope.covers(subject));
  subject.model = "general";
  EXPECT_FALSE(scope.covers(subject));
}

TEST(LimitScope, CountsByTheNamedPartOfTheSubject) {
  LimitSubject subject = alice();
  EXPECT_EQ(counted_name(LimitPer::Principal, subject), "p-alice");
  EXPECT_EQ(counted_name(LimitPer::Tenant, subject), "acme");
  EXPECT_EQ(counted_name(LimitPer::Key, subject), std::nullopt);
  EXPECT_EQ(counted_name(LimitPer::Model, subject), std::nullopt);
  subject.key = "k1";
  subject.model = "m";
  EXPECT_EQ(counted_name(LimitPer::Key, subject), "k1");
  EXPECT_EQ(counted_name(LimitPer::Model, subject), "m");
}

}  // namespace
}  // namespace srasta::access
