#pragma once

#include "access/claimed.h"
#include "access/model_grant.h"
#include "access/permission.h"
#include "access/snapshot.h"
#include "base/strong.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::access {

/// Whether a person or a machine account acts.
enum class CallerKind : uint8_t { User, Service };

[[nodiscard]] std::string_view to_string(CallerKind kind);

/// Why somebody who is who he says may not be here.
enum class Barred : uint8_t {
  TenantUnknown,
  TenantSuspended,
  Disabled,
  NoRole,
  GroupsOverage,
  DelegateDisabled,  ///< of who acts for the subject
  KeyRevoked,        ///< the API key is not in the snapshot any more
  NotOwnPersona,
};

/// What somebody may do here.
struct Standing {
  base::PrincipalId principal;
  std::vector<base::RoleName> roles = {};  ///< that count, in the order of the claims; never empty
  PermissionSet permissions = {};          ///< the intersection of everything that narrows
  ModelGrant models = {};                  ///< likewise
  std::vector<std::string> personas = {};  ///< that count; empty: none
  std::string chosen_persona = {};
  CallerKind kind = CallerKind::User;
  uint64_t revision = 0;  ///< of the access snapshot that decided
};

/// Pure: claims and snapshot alone decide.
///
/// Of an API key, roles, models and personas are those of the snapshot. Roles are the claimed ones
/// that exist, less those denied to the user. Permissions are those of the roles AND the scopes AND
/// those of the personas; models likewise. Somebody with personas has what any of them leaves, or
/// what the chosen one (not empty) leaves; a persona that does not exist leaves nothing. Somebody
/// without personas has no tools (`kToolPermissions`), here and in the functions below. What the
/// snapshot takes from who acts for the subject is taken from both: nobody gets past his own rule
/// by acting for somebody else.
[[nodiscard]] std::expected<Standing, Barred> standing_of(const Claimed::Facts& claimed,
                                                          const AccessSnapshot& snapshot,
                                                          std::string_view chosen_persona);

/// Of somebody whom another service of this platform acts for. That service has decided by the
/// snapshot, which may have roles of its own, so the permissions that it passes on (`scopes`) are
/// what he may do, whatever his roles are called. Without any he may do nothing.
[[nodiscard]] Standing vouched_standing(const Claimed::Facts& claimed);

/// Of a service of this platform that acts for itself. Nobody decided about it before: its roles
/// bound what it may do, and what it passes on narrows that.
[[nodiscard]] Standing service_standing(const Claimed::Facts& claimed, const RoleTable& roles);

}  // namespace srasta::access
