#pragma once

#include "access/permission.h"
#include "base/strong.h"

#include <map>
#include <span>
#include <vector>

namespace srasta::access {

/// Which permissions each role grants. An immutable value of a snapshot; installs start from
/// `built_in()`. Nothing implies anything else: `owner` and `admin` are not supersets.
class RoleTable {
 public:
  /// owner, admin, operator, security, auditor, developer, user and service.
  [[nodiscard]] static RoleTable built_in();

  /// Adds a role, or gives one other permissions.
  void set(const base::RoleName& role, PermissionSet permissions) { grants_[role] = permissions; }

  /// Whether a role of exactly this name exists.
  [[nodiscard]] bool knows(const base::RoleName& role) const;
  /// What `role` grants; nothing for an unknown role.
  [[nodiscard]] PermissionSet permissions_of(const base::RoleName& role) const;
  /// What the roles grant together.
  [[nodiscard]] PermissionSet permissions_of(std::span<const base::RoleName> roles) const;
  /// Names in alphabetical order.
  [[nodiscard]] std::vector<base::RoleName> names() const;

 private:
  std::map<base::RoleName, PermissionSet> grants_;
};

}  // namespace srasta::access
