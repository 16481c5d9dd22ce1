#include "access/permission.h"

#include <set>

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

TEST(Permission, HasOneNameEachThatReadsBack) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kPermissionCount; ++i) {
    const auto permission = static_cast<Permission>(i);
    EXPECT_EQ(parse_permission(to_string(permission)), permission);
    names.insert(to_string(permission));
  }

  EXPECT_EQ(names.size(), kPermissionCount);
  EXPECT_EQ(to_string(Permission::InferenceModels), "inference.models");
  EXPECT_EQ(to_string(Permission::ScannerWaive), "scanner.waive");
}

TEST(Permission, IsNotReadFromAnythingElse) {
  for (const char* name : {"", "*", "inference", "inference.*", "Inference.Models",
                           "inference.models ", "inference.model"}) {
    EXPECT_FALSE(parse_permission(name)) << name;
  }
}

TEST(PermissionSet, IsEmptyUntilSomethingIsInserted) {
  PermissionSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_FALSE(set.contains(Permission::InferenceModels));

  set.insert(Permission::ScannerWaive);

  EXPECT_TRUE(set.contains(Permission::ScannerWaive));
  EXPECT_FALSE(set.contains(Permission::ScannerRun));
}

TEST(PermissionSet, UnitesAndIntersects) {
  const PermissionSet a = {Permission::RagRead, Permission::RagWrite};
  const PermissionSet b = {Permission::RagWrite, Permission::ToolsRun};

  EXPECT_EQ(a | b,
            (PermissionSet{Permission::RagRead, Permission::RagWrite, Permission::ToolsRun}));
  EXPECT_EQ(a & b, PermissionSet{Permission::RagWrite});
  EXPECT_TRUE((a & PermissionSet{}).empty());
}

TEST(PermissionSet, ContainsAnyOfAnotherOnlyWithOneInCommon) {
  const PermissionSet set = {Permission::RagRead, Permission::RagWrite};

  EXPECT_TRUE(set.contains_any({Permission::RagWrite, Permission::ToolsRun}));
  EXPECT_FALSE(set.contains_any({Permission::ToolsRun}));
  EXPECT_FALSE(set.contains_any({}));
  EXPECT_FALSE(PermissionSet().contains_any(PermissionSet::everything()));
}

TEST(ParseGrant, ReadsPermissionsAndWholeFamilies) {
  EXPECT_EQ(parse_grant("inference.models"), PermissionSet{Permission::InferenceModels});
  EXPECT_EQ(parse_grant("inference.*"),
            (PermissionSet{Permission::InferenceModels, Permission::InferenceInvoke,
                           Permission::InferenceEmbed}));
  for (const char* wrong : {"", "*", ".*", "inference", "inference.", "inference.*x", "inf.*",
                            "Inference.*", "inference.**", "inference.models.*"}) {
    EXPECT_EQ(parse_grant(wrong), std::nullopt) << wrong;
  }
}

TEST(PermissionSet, OfEverythingHoldsTheWholeCatalogue) {
  for (size_t i = 0; i < kPermissionCount; ++i) {
    EXPECT_TRUE(PermissionSet::everything().contains(static_cast<Permission>(i)));
  }
}

TEST(ParseScopes, TakesThisPlatformsOnly) {
  const auto parsed = [](std::vector<std::string> values) { return parse_scopes(values); };
  EXPECT_EQ(parsed({}), std::nullopt);
  EXPECT_EQ(parsed({"openid", "inference.invoke", "Srasta:inference.invoke"}), std::nullopt);
  EXPECT_EQ(parsed({"openid", "srasta:inference.invoke", "srasta:audit.read"}),
            (PermissionSet{Permission::InferenceInvoke, Permission::AuditRead}));
  EXPECT_EQ(parsed({"srasta:sessions.*"}),
            (PermissionSet{Permission::SessionsRead, Permission::SessionsWrite}));
  for (const char* value : {"srasta:", "srasta:*", "srasta:everything", "srasta: inference.*"}) {
    EXPECT_EQ(parsed({value}), PermissionSet{}) << value;
  }
}

}  // namespace
}  // namespace srasta::access
