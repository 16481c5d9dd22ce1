#include "access/decision.h"

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

TEST(Decision, IsADenialUntilDecidedOtherwise) {
  const Decision decision;

  EXPECT_FALSE(decision.allowed());
  EXPECT_EQ(static_cast<int>(Verdict{}), static_cast<int>(Verdict::Deny));
}

TEST(Decision, AllowsWhatIsHeldAndNamesTheRule) {
  const Decision decision =
      decide(PermissionSet{Permission::AdminMetrics}, Permission::AdminMetrics);

  EXPECT_TRUE(decision.allowed());
  EXPECT_EQ(decision.rule, "role_grant");
  EXPECT_EQ(decision.permission, "admin.metrics");
  EXPECT_EQ(decision.reason, "");
}

TEST(Decision, DeniesWhatIsNotHeldAndNamesThePermission) {
  const Decision decision =
      decide(PermissionSet{Permission::AdminMetrics}, Permission::AdminConfig);

  EXPECT_FALSE(decision.allowed());
  EXPECT_EQ(decision.rule, "default_deny");
  EXPECT_EQ(decision.permission, "admin.config");
  EXPECT_EQ(decision.reason, "permission");
}

}  // namespace
}  // namespace srasta::access
