#pragma once

#include "service/route.h"

#include <span>

namespace srasta::admin {

/// Every route of this plane, in the order of the documentation.
[[nodiscard]] std::span<const service::RouteSpec* const> all_routes();

namespace route {

extern const service::RouteSpec kTenants;
extern const service::RouteSpec kCreateTenant;
extern const service::RouteSpec kChangeTenant;
extern const service::RouteSpec kUsers;
extern const service::RouteSpec kCreateUser;
extern const service::RouteSpec kUser;
extern const service::RouteSpec kChangeUser;
extern const service::RouteSpec kDeleteUser;
extern const service::RouteSpec kSetRoles;
extern const service::RouteSpec kGroups;
extern const service::RouteSpec kCreateGroup;
extern const service::RouteSpec kGroup;
extern const service::RouteSpec kSetGroup;
extern const service::RouteSpec kDeleteGroup;
extern const service::RouteSpec kRoles;
extern const service::RouteSpec kDefineRole;
extern const service::RouteSpec kDeleteRole;
extern const service::RouteSpec kKeys;
extern const service::RouteSpec kCreateKey;
extern const service::RouteSpec kKey;
extern const service::RouteSpec kRevokeKey;
extern const service::RouteSpec kInvite;
extern const service::RouteSpec kSetSecret;
extern const service::RouteSpec kRemoveTotp;
extern const service::RouteSpec kSessions;
extern const service::RouteSpec kSignOut;
extern const service::RouteSpec kRotateKey;
extern const service::RouteSpec kExport;
extern const service::RouteSpec kConfig;
extern const service::RouteSpec kApplyConfig;
extern const service::RouteSpec kCheckConfig;
extern const service::RouteSpec kRevisions;
extern const service::RouteSpec kRevision;
extern const service::RouteSpec kRevertConfig;
extern const service::RouteSpec kLicense;
extern const service::RouteSpec kInstallLicense;
extern const service::RouteSpec kRemoveLicense;
extern const service::RouteSpec kAcceptClock;

}  // namespace route
}  // namespace srasta::admin
