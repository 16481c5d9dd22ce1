#include "access/role.h"

namespace srasta::access {
namespace {

using enum Permission;

constexpr PermissionSet kOwner = {
    MemoryApprove, ToolsApprove, AuditRead,   AuditVerify, AuditExport,  AdminRead,
    AdminUsers,    AdminKeys,    AdminRoles,  AdminConfig, AdminLicense, AdminMetrics,
    RecoveryRead,  RecoveryPlan, RecoveryRun, ScannerRead, ScannerRun,   ConsoleLogin,
};
constexpr PermissionSet kAdmin = {
    InferenceModels, AdminRead,    AdminUsers,   AdminKeys,   AdminRoles,
    AdminConfig,     AdminMetrics, RecoveryRead, ScannerRead, ConsoleLogin,
};
constexpr PermissionSet kOperator = {
    InferenceModels, AdminRead,   AdminMetrics, RecoveryRead, RecoveryPlan,
    RecoveryRun,     ScannerRead, ScannerRun,   ConsoleLogin,
};
constexpr PermissionSet kSecurity = {
    MemoryApprove, ToolsApprove, AuditRead,   AuditVerify, AuditExport,  AdminRead,
    AdminMetrics,  RecoveryRead, ScannerRead, ScannerRun,  ConsoleLogin,
};
constexpr PermissionSet kAuditor = {
    AuditRead, AuditVerify, AuditExport, AdminRead, RecoveryRead, ScannerRead, ConsoleLogin,
};
// Embeddings go with invocation: the matrix of the built-in roles has one row for both.
constexpr PermissionSet kInference = {InferenceModels, InferenceInvoke, InferenceEmbed};
constexpr PermissionSet kSessions = {SessionsRead, SessionsWrite};
constexpr PermissionSet kTools = {ToolsRead, ToolsWrite, ToolsRun};
constexpr PermissionSet kUser =
    kInference | kSessions |
    PermissionSet{RagRead, MemoryRead, MemoryPropose, KeysSelf, ConsoleLogin};
constexpr PermissionSet kDeveloper = kUser | kTools | PermissionSet{RagWrite};
constexpr PermissionSet kService = kInference | kSessions | kTools | PermissionSet{RagRead};

}  // namespace

RoleTable RoleTable::built_in() {
  RoleTable table;
  table.grants_ = {
      {base::RoleName("owner"), kOwner},       {base::RoleName("admin"), kAdmin},
      {base::RoleName("operator"), kOperator}, {base::RoleName("security"), kSecurity},
      {base::RoleName("auditor"), kAuditor},   {base::RoleName("developer"), kDeveloper},
      {base::RoleName("user"), kUser},         {base::RoleName("service"), kService},
  };
  return table;
}

bool RoleTable::knows(const base::RoleName& role) const {
  return grants_.contains(role);
}

PermissionSet RoleTable::permissions_of(const base::RoleName& role) const {
  const auto found = grants_.find(role);
  return found == grants_.end() ? PermissionSet{} : found->second;
}

PermissionSet RoleTable::permissions_of(std::span<const base::RoleName> roles) const {
  PermissionSet granted;
  for (const base::RoleName& role : roles) granted = granted | permissions_of(role);
  return granted;
}

std::vector<base::RoleName> RoleTable::names() const {
  std::vector<base::RoleName> names;
  for (const auto& [name, permissions] : grants_) names.push_back(name);
  return names;
}

}  // namespace srasta::access
