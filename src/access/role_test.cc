#include "access/role.h"

#include <string>

#include <gtest/gtest.h>

namespace srasta::access {
namespace {

// The matrix of the built-in roles, one row a permission, one column a role. The table is the
// specification; the code under test lists the same facts by role. What a role grants of tools.*
// needs a persona besides: Admission.GivesNoToolsWithoutAPersona.
struct Row {
  Permission permission;
  const char* cells;
};
constexpr const char* kColumns[] = {"owner",   "admin",     "operator", "security",
                                    "auditor", "developer", "user",     "service"};
using enum Permission;
constexpr Row kMatrix[] = {
    {InferenceModels, "-yy--yyy"}, {InferenceInvoke, "-----yyy"}, {InferenceEmbed, "-----yyy"},
    {RagRead, "-----yyy"},         {RagWrite, "-----y--"},        {RagDelete, "--------"},
    {RagAdmin, "--------"},        {SessionsRead, "-----yyy"},    {SessionsWrite, "-----yyy"},
    {MemoryRead, "-----yy-"},      {MemoryPropose, "-----yy-"},   {MemoryApprove, "y--y----"},
    {ToolsRead, "-----y-y"},       {ToolsWrite, "-----y-y"},      {ToolsRun, "-----y-y"},
    {ToolsApprove, "y--y----"},    {PolicyRead, "--------"},      {PolicyAdmin, "--------"},
    {AuditRead, "y--yy---"},       {AuditVerify, "y--yy---"},     {AuditExport, "y--yy---"},
    {AdminRead, "yyyyy---"},       {AdminUsers, "yy------"},      {AdminRoles, "yy------"},
    {AdminKeys, "yy------"},       {AdminConfig, "yy------"},     {AdminLicense, "y-------"},
    {AdminMetrics, "yyyy----"},    {KeysSelf, "-----yy-"},        {ConsoleLogin, "yyyyyyy-"},
    {RecoveryRead, "yyyyy---"},    {RecoveryPlan, "y-y-----"},    {RecoveryApprove, "--------"},
    {RecoveryRun, "y-y-----"},     {ScannerRead, "yyyyy---"},     {ScannerRun, "y-yy----"},
    {ScannerWaive, "--------"},
};

TEST(RoleTable, GrantsExactlyTheMatrix) {
  const RoleTable roles = RoleTable::built_in();
  static_assert(std::size(kMatrix) == kPermissionCount);

  for (const auto& [permission, cells] : kMatrix) {
    for (size_t column = 0; column < std::size(kColumns); ++column) {
      const base::RoleName role(kColumns[column]);
      EXPECT_EQ(roles.permissions_of(role).contains(permission), cells[column] == 'y')
          << role.str() << " " << to_string(permission);
    }
  }
}

TEST(RoleTable, KnowsTheEightRolesByExactName) {
  const RoleTable roles = RoleTable::built_in();

  EXPECT_EQ(roles.names().size(), std::size(kColumns));
  for (const char* name : kColumns) EXPECT_TRUE(roles.knows(base::RoleName(name))) << name;
  for (const char* name : {"USER", "user ", "us\u0435r", "root", "", "*"}) {
    EXPECT_FALSE(roles.knows(base::RoleName(name))) << name;
    EXPECT_TRUE(roles.permissions_of(base::RoleName(name)).empty()) << name;
  }
}

TEST(RoleTable, MakesPrivilegedWhoManagesOrAuditsAndNobodyWhoWorks) {
  const RoleTable roles = RoleTable::built_in();
  const auto is_privileged = [&](const char* role) {
    return roles.permissions_of(base::RoleName(role)).contains_any(kPrivilegedPermissions);
  };

  for (const char* role : {"owner", "admin", "operator", "security", "auditor"}) {
    EXPECT_TRUE(is_privileged(role)) << role;
  }
  for (const char* role : {"developer", "user", "service"}) {
    EXPECT_FALSE(is_privileged(role)) << role;
  }
}

TEST(RoleTable, UnitesSeveralRoles) {
  const RoleTable roles = RoleTable::built_in();
  const std::vector<base::RoleName> held = {base::RoleName("auditor"), base::RoleName("user"),
                                            base::RoleName("unknown")};

  const PermissionSet granted = roles.permissions_of(held);

  EXPECT_EQ(granted, roles.permissions_of(base::RoleName("auditor")) |
                         roles.permissions_of(base::RoleName("user")));
  EXPECT_TRUE(roles.permissions_of(std::vector<base::RoleName>{}).empty());
}

}  // namespace
}  // namespace srasta::access
