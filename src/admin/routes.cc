#include "admin/routes.h"

#include <array>

namespace srasta::admin {
namespace route {

using access::Permission;
using audit::Act;
using audit::Durability;
using service::Access;
using service::BodyMode;
using service::LicenseColumn;
using service::Method;
using service::RouteSpec;

namespace {

consteval RouteSpec reading(std::string_view path, Access access, std::string_view summary) {
  return RouteSpec(Method::Get, path, access, {Act::AdminRead, Durability::Should},
                   service::LimitsClass::Control, BodyMode::None, service::TimeoutClass::Quick,
                   LicenseColumn::Always, dialects::Dialect::Problem, summary);
}

/// What makes the platform larger is refused when its license is read-only; what takes access away
/// never is.
consteval RouteSpec changing(Method method, std::string_view path, Access access, Act act,
                             LicenseColumn license, std::string_view summary) {
  const BodyMode body = method == Method::Delete ? BodyMode::None : BodyMode::Json;
  return RouteSpec(method, path, access, {act, Durability::Must}, service::LimitsClass::Control,
                   body, service::TimeoutClass::Quick, license, dialects::Dialect::Problem,
                   summary);
}

constexpr Access kReaders = Access::requires_permission(Permission::AdminRead);
constexpr Access kOfUsers = Access::requires_permission(Permission::AdminUsers);
constexpr Access kOfRoles = Access::requires_permission(Permission::AdminRoles);
constexpr Access kOfKeys = Access::requires_either(Permission::AdminKeys, Permission::KeysSelf);
constexpr Access kOfConfig = Access::requires_permission(Permission::AdminConfig);
constexpr Access kOfLicense = Access::requires_permission(Permission::AdminLicense);

}  // namespace

constexpr RouteSpec kTenants =
    reading("/srasta/v1/admin/tenants", kReaders, "Tenants within your reach");
constexpr RouteSpec kCreateTenant =
    changing(Method::Post, "/srasta/v1/admin/tenants", kOfUsers, Act::TenantCreate,
             LicenseColumn::Grow, "Register a tenant (owners)");
constexpr RouteSpec kChangeTenant =
    changing(Method::Patch, "/srasta/v1/admin/tenants/{tenant}", kOfUsers, Act::TenantChange,
             LicenseColumn::Always, "Suspend a tenant, or admit it again (owners)");
constexpr RouteSpec kUsers =
    reading("/srasta/v1/admin/users", kReaders,
            "Users and service accounts within your reach (tenant, limit, after)");
constexpr RouteSpec kCreateUser =
    changing(Method::Post, "/srasta/v1/admin/users", kOfUsers, Act::UserCreate, LicenseColumn::Grow,
             "Make a user or a service account");
constexpr RouteSpec kUser = reading("/srasta/v1/admin/users/{user}", kReaders, "One of them");
constexpr RouteSpec kChangeUser =
    changing(Method::Patch, "/srasta/v1/admin/users/{user}", kOfUsers, Act::UserChange,
             LicenseColumn::Always, "Disable, admit again or rename");
constexpr RouteSpec kDeleteUser =
    changing(Method::Delete, "/srasta/v1/admin/users/{user}", kOfUsers, Act::UserDelete,
             LicenseColumn::Always, "Remove for good, keys included");
constexpr RouteSpec kSetRoles =
    changing(Method::Put, "/srasta/v1/admin/users/{user}/roles", kOfRoles, Act::RoleChange,
             LicenseColumn::Always, "Replace the roles; dry_run=true shows the difference only");
constexpr RouteSpec kGroups = reading("/srasta/v1/admin/groups", kReaders, "Groups");
constexpr RouteSpec kCreateGroup = changing(Method::Post, "/srasta/v1/admin/groups", kOfRoles,
                                            Act::GroupCreate, LicenseColumn::Grow, "Make a group");
constexpr RouteSpec kGroup = reading("/srasta/v1/admin/groups/{group}", kReaders, "One group");
constexpr RouteSpec kSetGroup =
    changing(Method::Put, "/srasta/v1/admin/groups/{group}", kOfRoles, Act::GroupChange,
             LicenseColumn::Always, "Replace the roles and members of a group");
constexpr RouteSpec kDeleteGroup =
    changing(Method::Delete, "/srasta/v1/admin/groups/{group}", kOfRoles, Act::GroupDelete,
             LicenseColumn::Always, "Remove a group");
constexpr RouteSpec kRoles =
    reading("/srasta/v1/admin/roles", kReaders, "Roles and what they permit");
constexpr RouteSpec kDefineRole =
    changing(Method::Put, "/srasta/v1/admin/roles/{role}", kOfRoles, Act::RoleDefine,
             LicenseColumn::Always, "Make a role, or change what it permits");
constexpr RouteSpec kDeleteRole =
    changing(Method::Delete, "/srasta/v1/admin/roles/{role}", kOfRoles, Act::RoleDelete,
             LicenseColumn::Always, "Remove a role that nobody holds");
constexpr RouteSpec kKeys = reading(
    "/srasta/v1/admin/keys", Access::requires_either(Permission::AdminRead, Permission::KeysSelf),
    "API keys: your own, or those within your reach (limit, after)");
constexpr RouteSpec kCreateKey =
    changing(Method::Post, "/srasta/v1/admin/keys", kOfKeys, Act::KeyCreate, LicenseColumn::Always,
             "Make an API key; it is shown this once");
constexpr RouteSpec kKey =
    reading("/srasta/v1/admin/keys/{key}",
            Access::requires_either(Permission::AdminRead, Permission::KeysSelf), "One API key");
constexpr RouteSpec kRevokeKey =
    changing(Method::Delete, "/srasta/v1/admin/keys/{key}", kOfKeys, Act::KeyRevoke,
             LicenseColumn::Always, "Revoke an API key for good");
constexpr RouteSpec kInvite =
    changing(Method::Post, "/srasta/v1/admin/users/{user}/invite", kOfUsers, Act::UserInvite,
             LicenseColumn::Always, "A one-time link to set a password; it is shown this once");
constexpr RouteSpec kSetSecret = changing(
    Method::Post, "/srasta/v1/admin/users/{user}/secret",
    Access::requires_permission(Permission::AdminKeys), Act::UserSecret, LicenseColumn::Always,
    "A client secret for a service account, in place of its old one; shown this once");
constexpr RouteSpec kRemoveTotp =
    changing(Method::Delete, "/srasta/v1/admin/users/{user}/totp", kOfUsers, Act::UserTotp,
             LicenseColumn::Always, "Take one-time codes away from who lost the authenticator");
constexpr RouteSpec kSessions =
    reading("/srasta/v1/admin/users/{user}/sessions", kReaders, "Open sessions of a user");
constexpr RouteSpec kSignOut =
    changing(Method::Delete, "/srasta/v1/admin/users/{user}/sessions", kOfUsers, Act::UserSignout,
             LicenseColumn::Always, "End all sessions and refresh tokens of a user");
constexpr RouteSpec kRotateKey = changing(
    Method::Post, "/srasta/v1/admin/issuer/keys",
    Access::requires_permission(Permission::AdminKeys), Act::KeyRotate, LicenseColumn::Always,
    "A new key signs the built-in issuer's tokens; those of the old one stay good");
constexpr RouteSpec kExport =
    reading("/srasta/v1/admin/export", kReaders,
            "Tenants, users, groups, roles and keys (without secrets) as one document");

constexpr RouteSpec kConfig =
    reading("/srasta/v1/admin/config", kOfConfig,
            "The configuration in force, and where each setting comes from");
constexpr RouteSpec kApplyConfig =
    changing(Method::Put, "/srasta/v1/admin/config", kOfConfig, Act::ConfigApply,
             LicenseColumn::Grow, "Replace the configuration file, and put it in force");
constexpr RouteSpec kCheckConfig =
    RouteSpec(Method::Post, "/srasta/v1/admin/config/check", kOfConfig,
              {Act::AdminRead, Durability::Should}, service::LimitsClass::Control, BodyMode::Json,
              service::TimeoutClass::Quick, LicenseColumn::Always, dialects::Dialect::Problem,
              "What another configuration file would change; nothing is changed");
constexpr RouteSpec kRevisions = reading("/srasta/v1/admin/config/revisions", kOfConfig,
                                         "What the configuration file was before");
constexpr RouteSpec kRevision =
    reading("/srasta/v1/admin/config/revisions/{revision}", kOfConfig, "One of these texts");
constexpr RouteSpec kRevertConfig =
    changing(Method::Post, "/srasta/v1/admin/config/revert", kOfConfig, Act::ConfigApply,
             LicenseColumn::Grow, "Put an earlier configuration file in force again");

constexpr RouteSpec kLicense =
    reading("/srasta/v1/admin/license", kReaders, "How this installation stands with its license");
constexpr RouteSpec kInstallLicense =
    changing(Method::Put, "/srasta/v1/admin/license", kOfLicense, Act::LicenseChange,
             LicenseColumn::Always, "Install a license in the place of the one before");
constexpr RouteSpec kRemoveLicense =
    changing(Method::Delete, "/srasta/v1/admin/license", kOfLicense, Act::LicenseChange,
             LicenseColumn::Always, "Back to the community edition");
constexpr RouteSpec kAcceptClock =
    changing(Method::Post, "/srasta/v1/admin/license/clock", kOfLicense, Act::LicenseChange,
             LicenseColumn::Always, "The clock is right although it jumped");

}  // namespace route

std::span<const service::RouteSpec* const> all_routes() {
  static constexpr std::array kAll = {
      &route::kTenants,       &route::kCreateTenant, &route::kChangeTenant, &route::kUsers,
      &route::kCreateUser,    &route::kUser,         &route::kChangeUser,   &route::kDeleteUser,
      &route::kSetRoles,      &route::kGroups,       &route::kCreateGroup,  &route::kGroup,
      &route::kSetGroup,      &route::kDeleteGroup,  &route::kRoles,        &route::kDefineRole,
      &route::kDeleteRole,    &route::kKeys,         &route::kCreateKey,    &route::kKey,
      &route::kRevokeKey,     &route::kInvite,       &route::kSetSecret,    &route::kRemoveTotp,
      &route::kSessions,      &route::kSignOut,      &route::kRotateKey,    &route::kConfig,
      &route::kApplyConfig,   &route::kCheckConfig,  &route::kRevisions,    &route::kRevision,
      &route::kRevertConfig,  &route::kExport,       &route::kLicense,      &route::kInstallLicense,
      &route::kRemoveLicense, &route::kAcceptClock};
  return kAll;
}

}  // namespace srasta::admin
