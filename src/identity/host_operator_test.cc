#include "identity/host_operator.h"

#include <gtest/gtest.h>

namespace srasta::identity {
namespace {

using access::Permission;

TEST(HostOperator, IsRootOrWhoKeepsTheKeys) {
  const auto root = HostOperator::admit(0, 990);
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->subject(), "os:0");
  EXPECT_EQ(root->tenant().view(), "platform");
  ASSERT_NE(HostOperator::admit(990, 990), nullptr);
  EXPECT_EQ(HostOperator::admit(1000, 990), nullptr);
  EXPECT_EQ(HostOperator::admit(1000, 0), nullptr);
}

TEST(HostOperator, AdministersAndDoesNothingElse) {
  const auto root = HostOperator::admit(0, 0);
  ASSERT_NE(root, nullptr);
  EXPECT_TRUE(root->permissions().contains(Permission::AdminUsers));
  EXPECT_TRUE(root->permissions().contains(Permission::AdminRoles));
  EXPECT_FALSE(root->permissions().contains(Permission::InferenceInvoke));
  EXPECT_FALSE(root->permissions().contains(Permission::RagRead));
}

}  // namespace
}  // namespace srasta::identity
